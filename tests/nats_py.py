#!/usr/bin/env python3
"""Clients of chat_server and programs with nats-py talk to each other through a nats-server.

    cargo build --example chat_server && tests/nats_py.py

Needs `nats-server`, and the Python package `nats-py` (`pip install nats-py`). CHAT_SERVER names a program that is built
already. Ends with 1 if a line does not arrive. All traffic stays on 127.0.0.1.
"""

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import nats
except ImportError:
    sys.exit("the Python package nats-py is needed")

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHAT = os.environ.get("CHAT_SERVER", ROOT / "target/debug/examples/chat_server")
LINES = 1000
#: Seconds: longer than anything takes that works.
LONG = 20


async def port_of(folder, process):
    """The port of a nats-server, which it writes into a file."""
    file = pathlib.Path(folder) / f"nats-server_{process.pid}.ports"
    while True:
        text = file.read_text() if file.exists() else ""
        if "nats://127.0.0.1:" in text:
            return int(text.split("nats://127.0.0.1:")[1].split('"')[0])
        await asyncio.sleep(0.01)


async def talk(server, chat):
    client = await nats.connect(server)
    reader, writer = await asyncio.open_connection(*chat.split(":"))
    heard, subjects = asyncio.Queue(), set()

    async def hear(message):
        subjects.add(message.subject)
        await heard.put(message.data.decode())

    await client.subscribe(">", cb=hear)
    await client.flush()
    # The chat server is connected when what a client says comes back to that client, and to nats-py.
    writer.write(b"hello\n")
    while "hello" not in await heard.get():
        pass
    print("nats-py hears a client of chat_server, at the subject", *subjects)
    await reader.readline()

    subject = subjects.pop()
    for number in range(LINES):
        await client.publish(subject, f"from nats-py {number}\n".encode())
    await client.flush()
    for number in range(LINES):
        line = (await reader.readline()).decode()
        assert line == f"from nats-py {number}\n", line
    print(f"a client of chat_server gets {LINES} lines of nats-py, in order")

    while not heard.empty():
        heard.get_nowait()
    writer.write(b"".join(b"%d\n" % number for number in range(LINES)))
    numbers = []
    while len(numbers) < LINES:
        line = await heard.get()
        if "nats-py" not in line:
            numbers.append(int(line.split(": ")[1]))
    assert numbers == list(range(LINES)), numbers
    print(f"nats-py gets {LINES} lines of a client of chat_server, in order")
    writer.close()
    await client.close()


async def main():
    with tempfile.TemporaryDirectory() as folder:
        command = ["nats-server", "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        chat = None
        try:
            address = f"127.0.0.1:{await asyncio.wait_for(port_of(folder, server), LONG)}"
            chat = subprocess.Popen(
                [CHAT, "127.0.0.1:0", "--nats", address], stdout=subprocess.PIPE, text=True
            )
            listens = chat.stdout.readline().removeprefix("listening on ").strip()
            await asyncio.wait_for(talk(f"nats://{address}", listens), LONG)
            chat.terminate()
            if chat.wait(LONG) != 0:
                sys.exit("chat_server did not end in order")
        finally:
            for process in filter(None, (chat, server)):
                process.kill()
                process.wait()


asyncio.run(main())
