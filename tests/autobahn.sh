#!/usr/bin/env bash
# Runs the Autobahn test suite 0.8.2 against the examples, as the client of websocket_echo and as the server of
# websocket_client, and says how many cases passed. Ends with 1 if one did not.
#
#   tests/autobahn.sh [server|client|both] [CASES...]
#
# CASES are patterns such as '6.*' or '12.1.*'; by default all 517. The suite needs Python 2.7 with pip, named by
# PYTHON2 if it is not `python2.7`; it is installed into a temporary folder, or into AUTOBAHN, where it stays for the
# next time. EXAMPLES names a folder with examples that are built already; by default they are built here, optimized,
# since the cases of compression move some gigabytes. REPORTS names a folder that keeps the reports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

role=${1:-both}
[ $# -gt 0 ] && shift
cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=('*')
python=${PYTHON2:-python2.7}

work=$(mktemp -d)
started=()
end() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap end EXIT

export PYTHONUSERBASE=${AUTOBAHN:-$work/suite} PYTHONWARNINGS=ignore
if ! "$python" -c 'import autobahntestsuite' 2>/dev/null; then
  # wsaccel is for speed only.
  "$python" -m pip install -q --user autobahntestsuite==0.8.2
  "$python" -m pip install -q --user wsaccel==0.6.2 || echo "without wsaccel: slow"
fi

if [ -z "${EXAMPLES:-}" ]; then
  cargo build --release --example websocket_echo --example websocket_client
  EXAMPLES=target/release/examples
fi
reports=${REPORTS:-$work/reports}
mkdir -p "$reports"

# list NAME...: as JSON.
list() { printf '"%s",' "$@" | sed 's/,$//'; }

# Waits for a line in a file, and prints it.
await() {
  local _
  for _ in $(seq 1 200); do
    if grep -m1 "$1" "$2" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  echo "no line with '$1' in $2" >&2
  return 1
}

# judge FOLDER: counts what passed. An INFORMATIONAL case has no right answer.
judge() {
  python3 - "$1/index.json" <<'END'
import collections, json, sys
cases = [(name, case) for agent in json.load(open(sys.argv[1])).values() for name, case in agent.items()]
good = {"OK", "INFORMATIONAL"}
failed = [(name, case) for name, case in cases if not {case["behavior"], case["behaviorClose"]} <= good]
for name, case in sorted(failed, key=lambda each: [int(part) for part in each[0].split(".")]):
    print("  %s: %s, close %s" % (name, case["behavior"], case["behaviorClose"]))
print("%d of %d cases passed:" % (len(cases) - len(failed), len(cases)),
      dict(collections.Counter(case["behavior"] for _, case in cases)))
sys.exit(1 if failed or not cases else 0)
END
}

status=0

if [ "$role" != client ]; then
  "$EXAMPLES/websocket_echo" 127.0.0.1:0 >"$work/echo.out" &
  started+=($!)
  address=$(await 'listening on' "$work/echo.out" | sed 's/listening on //')
  cat >"$work/fuzzingclient.json" <<END
{"outdir": "$reports/server", "servers": [{"agent": "axon", "url": "ws://$address"}],
 "cases": [$(list "${cases[@]}")], "exclude-cases": [], "exclude-agent-cases": {}}
END
  "$python" -m autobahntestsuite.wstest -m fuzzingclient -s "$work/fuzzingclient.json" >"$work/client.log" 2>&1 ||
    tail -20 "$work/client.log"
  echo "server:"
  judge "$reports/server" || status=1
fi

if [ "$role" != server ]; then
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/fuzzingserver.json" <<END
{"url": "ws://127.0.0.1:$port", "outdir": "$reports/client",
 "cases": [$(list "${cases[@]}")], "exclude-cases": [], "exclude-agent-cases": {}}
END
  "$python" -u -m autobahntestsuite.wstest -m fuzzingserver -s "$work/fuzzingserver.json" -u 0 >"$work/server.log" 2>&1 &
  started+=($!)
  await 'Ok, will run' "$work/server.log" >/dev/null
  for _ in $(seq 1 100); do
    python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null && break
    sleep 0.1
  done
  "$EXAMPLES/websocket_client" --autobahn "ws://127.0.0.1:$port"
  echo "client:"
  judge "$reports/client" || status=1
fi
exit $status
