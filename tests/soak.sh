#!/usr/bin/env bash
# Lets connections come and go, plain, by TLS and by STARTTLS, straight and through bad networks, and checks that
# memory, descriptors and components are as before. Ends with 1 if they are not.
#
#   tests/soak.sh [SECONDS [SEED]]
#
# By default an hour. The seed, which is printed, makes the same connections again, though not at the same times.
# It is built without optimization, for the sake of its assertions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export SOAK_SECONDS=${1:-3600}
[ $# -lt 2 ] || export SOAK_SEED=$2
exec cargo test --quiet --test soak -- --nocapture
