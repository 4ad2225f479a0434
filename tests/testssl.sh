#!/usr/bin/env bash
# Lets testssl.sh (Debian: testssl.sh) examine the example tls_echo_server, with a certificate from an issuer that it is
# told to trust. Ends with 1 if it finds anything above low. It takes some minutes.
#
#   tests/testssl.sh
#
# EXAMPLES names a folder with examples that are built already; by default they are built here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v testssl >/dev/null || { echo "testssl is absent: apt-get install testssl.sh" >&2; exit 2; }

work=$(mktemp -d)
server=
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

if [ -z "${EXAMPLES:-}" ]; then
  cargo build --example tls_echo_server
  EXAMPLES=target/debug/examples
fi

# The issuer, and what it signs. A certificate that does not say how to learn of its revocation is a finding.
issue() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=the issuer" \
    -keyout "$work/ca.key" -out "$work/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout "$work/key.pem" -out "$work/request"
  printf '%s\n' "subjectAltName=DNS:localhost,IP:127.0.0.1" "extendedKeyUsage=serverAuth" \
    "keyUsage=critical,digitalSignature" "crlDistributionPoints=URI:http://localhost/revoked" >"$work/extensions"
  openssl x509 -req -in "$work/request" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 90 \
    -extfile "$work/extensions" -out "$work/cert.pem"
}
issue 2>/dev/null

"$EXAMPLES/tls_echo_server" 127.0.0.1:0 "$work/cert.pem" "$work/key.pem" >"$work/said" &
server=$!
for _ in $(seq 1 100); do
  address=$(sed -n 's/^listening on //p' "$work/said")
  [ -z "$address" ] || break
  sleep 0.1
done
[ -n "$address" ] || { echo "tls_echo_server did not start" >&2; exit 1; }

# Its own exit status counts warnings too.
testssl --quiet --color 0 --warnings batch --nodns none --add-ca "$work/ca.pem" --jsonfile "$work/found.json" \
  --ip 127.0.0.1 "localhost:${address##*:}" || true
python3 - "$work/found.json" <<'END'
import collections, json, sys

found = json.load(open(sys.argv[1]))
print(dict(collections.Counter(one["severity"] for one in found)))
if not any(one["id"] == "TLS1_3" for one in found):
    sys.exit("the examination did not get to its end")
# DEBUG and WARN say how well it could examine, and are not about the server.
for one in found:
    if one["severity"] not in ("OK", "INFO"):
        print(one["severity"], one["id"], one["finding"])
sys.exit(1 if any(one["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL") for one in found) else 0)
END
