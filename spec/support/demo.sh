#!/bin/sh
# `make demo`: builds every example and shows its result, then builds all of them
# a second time and shows that nothing ran.
set -eu
skylua=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export SKYLUA="$skylua"
PATH=$(dirname "$skylua"):$PATH
export PATH
root=$(cd "$(dirname "$0")/../.." && pwd)
# Whatever earlier builds left in the user's cache, the demo shows commands that run.
XDG_CACHE_HOME=$(mktemp -d)
export XDG_CACHE_HOME
trap 'rm -rf "$XDG_CACHE_HOME"' EXIT

for dir in "$root"/examples/*/; do
  [ -e "$dir/WORKSPACE.lua" ] || [ -e "$dir/run.sh" ] || continue
  echo "== examples/$(basename "$dir")"
  cd "$dir"
  if [ -e WORKSPACE.lua ]; then "$skylua" build //...; fi
  if [ -e run.sh ]; then sh ./run.sh; fi
done

echo "== once more: what ran?"
for dir in "$root"/examples/*/ "$root"/examples/*/*/; do
  [ -e "$dir/WORKSPACE.lua" ] && [ -e "$dir/sky-out" ] || continue
  cd "$dir"
  finished=$("$skylua" build --json -q //... | grep '"event":"finished"')
  case $finished in
  *'"exit":0,'*) ;;
  *) echo "demo: the second build of examples/$(basename "$dir") failed: $finished" >&2; exit 1 ;;
  esac
  name=${dir#"$root"/}
  executed=$(echo "$finished" | sed 's/.*"executed":\([0-9]*\).*/\1/')
  echo "${name%/}: $executed actions"
  if [ "$executed" != 0 ]; then
    echo "demo: the second build of examples/$(basename "$dir") was not empty: $finished" >&2
    exit 1
  fi
done
