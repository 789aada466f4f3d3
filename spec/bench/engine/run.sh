#!/usr/bin/env bash
# The engine alone: a grid in which value(i, j) comes from its three neighbours.
#
#   GRID=1000   side of the grid      RUNS=3   runs of each; medians are shown
#   SKYLUA      the binary; the object files it was linked from lie beside it
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
export SKYLUA=${SKYLUA:-$root/build/skylua} GRID=${GRID:-1000} RUNS=${RUNS:-3}
objects=$(dirname "$SKYLUA")/obj/src

if [ ! -x "$SKYLUA" ] || [ ! -d "$objects" ]; then
  echo "bench/engine: no $SKYLUA (run make first): skipped"
  exit 0
fi

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
floors=()
for floor in base os graph store eval; do
  for source in "$root/src/$floor"/*.c; do
    floors+=("$objects/$floor/$(basename "$source" .c).o")
  done
done
cc=(${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -pthread "-I$root/src")
"${cc[@]}" -o "$bin/bare" bare.c
"${cc[@]}" -o "$bin/grid" grid.c "${floors[@]}" -luv -lxxhash
BIN=$bin lua5.4 table.lua
