#!/usr/bin/env bash
# Gives bytes that libFuzzer makes up, guided by what of the code they reach, to each target of `kamaelia_net::fuzz`.
# Ends with 1 at the first input that breaks a promise; the bytes are then in a file, which the output names.
#
#   tests/fuzz.sh [SECONDS [TARGET...]]
#
# By default ten minutes for each. Needs a C++ compiler for libFuzzer, and no nightly Rust. What was found on the way
# is kept below target/fuzz, and the next run begins there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-600}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(framing http starttls text tls websocket)

host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
for count in inline-8bit-counters pc-table trace-compares; do
  coverage+=" -Cllvm-args=-sanitizer-coverage-$count"
done
# For the host by name, so that what only builds is not counted.
RUSTFLAGS="--cfg fuzzing -Cdebug-assertions -Ccodegen-units=1 $coverage" cargo build --quiet --release \
  --manifest-path kamaelia-net/fuzz/Cargo.toml --target "$host" --target-dir target/fuzz

for target in "${targets[@]}"; do
  echo "--- $target, $seconds seconds"
  found=target/fuzz/found/$target
  mkdir -p "$found"
  "target/fuzz/$host/release/$target" "$found" "kamaelia-net/fuzz/corpus/$target" -max_total_time="$seconds" \
    -error_exitcode=1 -timeout_exitcode=1 -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="target/fuzz/$target-" || exit 1
done
