#!/usr/bin/env bash
# Loading alone: many BUILD.lua files to targets, no rule is run.
#
#   PACKAGES=1000  TARGETS=100   of each     RUNS=3   runs of each; medians are shown
#   SKYLUA         the binary
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
export SKYLUA=${SKYLUA:-$root/build/skylua} RUNS=${RUNS:-3}
export PACKAGES=${PACKAGES:-1000} TARGETS=${TARGETS:-100}

if [ ! -x "$SKYLUA" ]; then
  echo "bench/load: no $SKYLUA (run make first): skipped"
  exit 0
fi

WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
"$SKYLUA" lua table.lua
