#!/usr/bin/env bash
# `make bench`: every benchmark below this directory. Each prints its own table;
# the settings of each stand at the head of its run.sh.
set -euo pipefail
cd "$(dirname "$0")"

status=0
for dir in */; do
  name=${dir%/}
  if [ ! -x "$name/run.sh" ]; then
    echo "bench: $name has no run.sh: skipped"
    continue
  fi
  echo "== bench: $name"
  "$name/run.sh" || { echo "bench: $name failed"; status=1; }
done
for script in *.sh; do
  [ "$script" = run.sh ] && continue
  echo "== bench: ${script%.sh}"
  "./$script" || { echo "bench: ${script%.sh} failed"; status=1; }
done
exit $status
