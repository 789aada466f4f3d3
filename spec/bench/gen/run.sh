#!/usr/bin/env bash
# Whole builds: the same generated project with skylua and with every other tool
# that is installed, beside two programs that only do what cannot be left out.
#
#   PLAN      kinds and numbers of files; default "flat=1000,10000 layered=1000,10000 c=1000"
#             (flat=100000 takes 2 minutes for each tool)
#   TOOLS     default "skylua ninja samu n2 make tup"
#   ROUNDS    of the small builds; full builds: 3, beyond 5,000 actions 1
#   JOBS      at a time; default: the processors
#   SLOW_MAX  the largest project for tools that take very long (tup)
#   WORK      where to build; default: a new directory under TMPDIR
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
export SKYLUA=${SKYLUA:-$root/build/skylua} JOBS=${JOBS:-$(nproc)} ROUNDS=${ROUNDS:-5}
export PLAN=${PLAN:-flat=1000,10000 layered=1000,10000 c=1000} SLOW_MAX=${SLOW_MAX:-1000}
export TOOLS=${TOOLS:-skylua ninja samu n2 make tup}

if [ ! -x "$SKYLUA" ]; then
  echo "bench/gen: no $SKYLUA (run make first): skipped"
  exit 0
fi

WORK=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}" skylua-bench.XXXXXX)
export WORK BIN=$WORK/bin
trap 'rm -rf "$WORK"' EXIT
mkdir "$BIN"
cc=(${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -pthread)
for name in measure floor_stat floor_spawn; do
  "${cc[@]}" -o "$BIN/$name" "$name.c"
done
"${cc[@]}" -static -o "$BIN/act" act.c
lua5.4 bench.lua
