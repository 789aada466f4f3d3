#!/usr/bin/env bash
# Processes per second: the shortest action there is, many times, beside a loop that
# does nothing but start and wait.
#
#   N=10000   actions        JOBS=2   at a time        RUNS=3   of each; the best is shown
#   SANDBOX   of skylua: "auto", "off" or both (the default), when it has the flag
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
SKYLUA=${SKYLUA:-$root/build/skylua} N=${N:-10000} JOBS=${JOBS:-2} RUNS=${RUNS:-3}
SANDBOX=${SANDBOX:-auto off}

if [ ! -x "$SKYLUA" ]; then
  echo "bench/spawn: no $SKYLUA (run make first): skipped"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=(${CC:-gcc} -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra)
"${cc[@]}" -static -o "$work/out" out.c
"${cc[@]}" -o "$work/measure" ../gen/measure.c
"${cc[@]}" -o "$work/floor" ../gen/floor_spawn.c
mkdir "$work/bare" "$work/ninja" "$work/make" "$work/skylua"

for ((i = 1; i <= N; i++)); do printf '0\t%s/out\to/%d\n' "$work" "$i"; done > "$work/bare/list"
{
  printf 'rule out\n  command = %s/out $out\n' "$work"
  for ((i = 1; i <= N; i++)); do printf 'build o/%d: out\n' "$i"; done
} > "$work/ninja/build.ninja"
{
  echo "all: $(seq -s ' ' -f 'o/%.0f' "$N")"
  printf 'o/%%:\n\t@%s/out $@\n' "$work"
} > "$work/make/Makefile"
touch "$work/skylua/WORKSPACE.lua"
cat > "$work/skylua/BUILD.lua" <<END
for i = 1, $N do
  genrule { name = "t" .. i, outs = { "o/" .. i }, cmd = { "$work/out", "\$(out)" } }
end
END

printf '%-24s %10s %10s %12s %10s\n' "$N actions, -j$JOBS" seconds "per s" "CPU us each" "MiB peak"

# run NAME DIR WHAT-TO-EMPTY COMMAND...
run() {
  local name=$1 dir=$2 empty=$3 best="" code wall cpu peak
  shift 3
  for ((r = 0; r < RUNS; r++)); do
    (cd "$work/$dir" && rm -rf $empty && mkdir -p "${empty%% *}")
    read -r code wall cpu peak < <(cd "$work/$dir" && "$work/measure" "$work/log" "$@")
    if [ "$code" != 0 ]; then
      echo "$name: exit $code"
      tail -3 "$work/log"
      return
    fi
    if [ -z "$best" ] || awk "BEGIN { exit !($wall < ${best%% *}) }"; then
      best="$wall $cpu $peak"
    fi
  done
  read -r wall cpu peak <<< "$best"
  awk -v name="$name" -v n="$N" -v w="$wall" -v c="$cpu" -v p="$peak" 'BEGIN {
    printf "%-24s %10.2f %10.0f %12.0f %10.1f\n", name, w, n / w, c * 1e6 / n, p / 1024 }'
}

run "bare loop" bare o "$work/floor" list "$JOBS"
if command -v ninja > /dev/null; then
  run ninja ninja "o .ninja_log .ninja_deps" ninja -j"$JOBS" --quiet
else
  echo "ninja is not here: skipped"
fi
if command -v make > /dev/null; then
  run make make o env -u MAKEFLAGS make -s -j"$JOBS"
else
  echo "make is not here: skipped"
fi
flags=("")
if "$SKYLUA" help 2>&1 | grep -q -- --sandbox; then
  flags=()
  for mode in $SANDBOX; do flags+=("--sandbox=$mode"); done
fi
for flag in "${flags[@]}"; do
  run "skylua $flag" skylua sky-out "$SKYLUA" build -q -j"$JOBS" --cache=off $flag
done
