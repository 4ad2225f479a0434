#!/usr/bin/env python3
"""Measures http_server on one core and on two: requests over kept connections, TLS handshakes, the hand-over.

    cargo build --release --example http_server && python3 tests/cores.py [--seconds N]

Needs wrk, and openssl for the handshakes. On a machine with few cores the load takes part of them. So beside the rate
there is the rate that the server's threads could have: answers for each second of processor time of the busiest of
them. All traffic stays on 127.0.0.1.
"""

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVER = os.environ.get("HTTP_SERVER", os.path.join(ROOT, "target", "release", "examples", "http_server"))
SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 5.0
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, cores, *options):
        command = [SERVER, "127.0.0.1:0", tempfile.gettempdir(), "--cores", str(cores), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.host, port = line.removeprefix("listening on ").strip().split(":")
        self.port = int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=10) != 0:
            sys.exit("the server did not end in order")

    def busy(self):
        """Seconds of processor time of each thread."""
        tasks = f"/proc/{self.process.pid}/task"
        times = {}
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            times[task] = (int(fields[11]) + int(fields[12])) / TICK
        return times

    def busiest(self, before):
        return max(time - before.get(task, 0) for task, time in self.busy().items())


def kept(server):
    """Requests over 64 kept connections: how many a second, and the number."""
    command = ["wrk", "-t", "2", "-c", "64", "-d", f"{SECONDS:.0f}s", f"http://{server.host}:{server.port}/hello"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit(said)
    number = int(re.search(r"(\d+) requests in", said).group(1))
    return float(re.search(r"Requests/sec:\s*([\d.]+)", said).group(1)), number


def handshakes(server):
    """TLS connections, each with one request and a handshake of its own."""
    command = ["openssl", "s_time", "-new", "-connect", f"{server.host}:{server.port}", "-time", f"{SECONDS:.0f}"]
    started = time.monotonic()
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(4)]
    said = [client.communicate()[0] for client in clients]
    number = sum(int(re.search(r"(\d+) connections in", text).group(1)) for text in said)
    return number / (time.monotonic() - started), number


def first_answer(server):
    """Microseconds from connecting to the answer: the median of one client that comes again and again."""
    times = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        begun = time.perf_counter()
        with socket.create_connection((server.host, server.port)) as client:
            client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while client.recv(4096):
                pass
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def compare(name, work, *options):
    rates = []
    for cores in (1, 2):
        with Server(cores, *options) as server:
            before = server.busy()
            rate, number = work(server)
            possible = number / max(server.busiest(before), 1 / TICK)
            rates.append((rate, possible))
            print(f"{name}, cores: {cores}: {rate:,.0f} a second; {possible:,.0f} for each second of the busiest thread")
    (one, one_possible), (two, two_possible) = rates
    print(f"{name}: two cores are {two / one:.2f} times one; by the busiest thread {two_possible / one_possible:.2f} times")


def main():
    if shutil.which("wrk"):
        compare("kept connections", kept)
    else:
        print("skipped: wrk is not installed")
    if shutil.which("openssl"):
        with tempfile.TemporaryDirectory() as place:
            key, certificate = f"{place}/key.pem", f"{place}/certificate.pem"
            make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
            command = [*make.split(), "-keyout", key, "-out", certificate]
            subprocess.run(command, check=True, capture_output=True)
            compare("TLS handshakes", handshakes, "--tls", certificate, key)
    else:
        print("skipped: openssl is not installed")
    medians = []
    for cores in (1, 2):
        with Server(cores) as server:
            medians.append(first_answer(server))
    print(f"first answer: {medians[0]:.1f} µs on one core, {medians[1]:.1f} µs on two: the hand-over is the difference")


main()
