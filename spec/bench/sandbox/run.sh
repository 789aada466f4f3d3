#!/usr/bin/env bash
# What the sandbox costs a process: `true` by posix_spawn, by skylua's own spawn, in the sandbox
# with 10, 100 and 1,000 declared inputs, and in bubblewrap, when that is installed.
# (Processes per second of whole builds, with and without: ../spawn/run.sh.)
#
#   RUNS=300   of each; medians are shown
#   SKYLUA     the binary; the object files it was linked from lie beside it
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
SKYLUA=${SKYLUA:-$root/build/skylua} RUNS=${RUNS:-300}
objects=$(dirname "$SKYLUA")/obj/src

if [ ! -x "$SKYLUA" ] || [ ! -d "$objects" ]; then
  echo "bench/sandbox: no $SKYLUA (run make first): skipped"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/dir"
cc=(${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -pthread "-I$root/src")
"${cc[@]}" -o "$work/cost" cost.c "$objects"/base/*.o "$objects"/os/*.o -luv -lxxhash
"$work/cost" "$work/dir" "$RUNS" "$(type -P true)" "$(command -v bwrap || true)"
command -v bwrap > /dev/null || echo "bubblewrap is not installed: left out"
