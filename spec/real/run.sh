#!/usr/bin/env bash
# `make real`: builds Debian's lua5.4, zlib and sqlite3 with skylua and proves that the results
# work; then that a second build runs nothing, and that a comment added to a header that nearly
# every file includes compiles just those files and links nothing.
#
#   SKYLUA=path spec/real/run.sh [lua5.4|zlib|sqlite3 ...]
#
# Sources come through the machine's own apt sources, read with a private configuration, and stay
# in build/real: a second run fetches nothing. Each run builds in fresh copies below
# build/real/work, with a fresh cache, and leaves events and logs there.
# shellcheck disable=SC2034 # header_X and its like are read by name
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
store=$(cd "$here/../.." && pwd)/build/real
skylua=$(realpath "${SKYLUA:-$here/../../build/skylua}")
apt_dir=$store/apt
work=$store/work

die() {
  echo "real: $*" >&2
  exit 1
}

# ---- tools and sources ----

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# need COMMAND PACKAGE: installs the package when the command is missing.
need() {
  command -v "$1" >/dev/null && return
  echo "real: installing $2" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" >&2 ||
    die "$1 is missing, and $2 could not be installed"
}

private_apt() {
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt_dir/parts" \
    -o Dir::State::lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" \
    -o APT::Sandbox::User=root "$@" >"$apt_dir/log" 2>&1
}

# The machine's sources once more, as sources of source packages, in a directory of ours.
copy_apt_sources() {
  local file
  rm -rf "$apt_dir"
  mkdir -p "$apt_dir"/{parts,lists/partial,cache/archives/partial}
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -s "$file" ]; then
      sed -n 's/^deb\(-src\)\?[[:space:]]/deb-src /p' "$file" >"$apt_dir/parts/$(basename "$file")"
    fi
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    if [ -s "$file" ]; then
      sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt_dir/parts/$(basename "$file")"
    fi
  done
}

# fetch NAME: the unpacked Debian source package as build/real/src/NAME.
fetch() {
  local dsc
  [ -d "$store/src/$1" ] && return
  need dpkg-source dpkg-dev
  if [ ! -d "$apt_dir/lists/partial" ] || ! compgen -G "$apt_dir/lists/*_Sources*" >/dev/null; then
    copy_apt_sources
    # One broken third-party source must not stop us: what counts is the next command.
    private_apt update || echo "real: apt-get update had trouble: $(tail -n 1 "$apt_dir/log")" >&2
  fi
  mkdir -p "$store/src" "$store/download"
  (cd "$store/download" && private_apt source --download-only "$1") ||
    die "cannot fetch the source package $1: $(tail -n 3 "$apt_dir/log")"
  dsc=$(find "$store/download" -name "${1}_*.dsc" | sort -V | tail -n 1)
  [ -n "$dsc" ] || die "no .dsc came for $1"
  rm -rf "$store/src/$1.new"
  # apt has checked the files against the archive's signatures.
  dpkg-source --no-check --no-copy -x "$dsc" "$store/src/$1.new" >"$apt_dir/log" 2>&1 ||
    die "cannot unpack $dsc: $(tail -n 3 "$apt_dir/log")"
  mv "$store/src/$1.new" "$store/src/$1"
}

# ---- building ----

# build NAME RUN: builds all of it; the events go to work/NAME.RUN.json.
build() {
  local out=$work/$1.$2
  if ! (cd "$work/$1" && "$skylua" build --json //...) >"$out.json" 2>"$out.log"; then
    tail -n 40 "$out.log" >&2
    die "$1: the $2 build failed; see $out.json"
  fi
}

# same WHAT FILE WANTED_FILE
same() {
  cmp -s "$2" "$3" && return
  diff -u "$3" "$2" >&2 || true
  die "$1: wrong answers"
}

# count HEADER SOURCE...: how many of the sources include the header, by the compiler's own word.
count() {
  local header=$1
  shift
  "${CC:-cc}" -MM "$@" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta' | grep -c "[ /]$header\b"
}

# Each project: check_X runs what was built; header_X is what gets a comment; users_X counts,
# without skylua, how many compilations that touches.

header_lua5_4=src/lobject.h

check_lua5_4() {
  local bin=$work/lua5.4/sky-out/bin/src
  "$bin/lua" "$here/lua5.4/tests.lua" >"$work/lua5.4.out" 2>&1 ||
    die "lua5.4: $(cat "$work/lua5.4.out")"
  grep -qx '[0-9]* checks passed' "$work/lua5.4.out" || die "lua5.4: the checks did not finish"
  # The compiler's output runs in the interpreter.
  "$bin/luac" -o "$work/lua5.4.luac" "$here/lua5.4/tests.lua"
  "$bin/lua" "$work/lua5.4.luac" >"$work/lua5.4.out2" 2>&1
  same "lua5.4, compiled by luac" "$work/lua5.4.out2" "$work/lua5.4.out"
}

users_lua5_4() {
  count lobject.h -DLUA_COMPAT_5_3 -DLUA_USE_LINUX -Isky-out/bin/src src/*.c
}

header_zlib=zutil.h

check_zlib() {
  local bin=$work/zlib/sky-out/bin/test dir=$work/zlib.tmp
  rm -rf "$dir"
  mkdir "$dir"
  (cd "$dir" && "$bin/example" >out 2>&1) || die "zlib: example failed: $(cat "$dir/out")"
  grep -qx 'inflate with dictionary: hello, hello!' "$dir/out" ||
    die "zlib: example did not finish: $(cat "$dir/out")"
  # A text and a binary go round; what we compress, gzip reads; what gzip compresses, we read.
  local file
  for file in "$work/zlib/ChangeLog" "$bin/minigzip"; do
    cp "$file" "$dir/data"
    "$bin/minigzip" "$dir/data"
    [ ! -e "$dir/data" ] || die "zlib: minigzip kept its input"
    gzip -dc "$dir/data.gz" | cmp - "$file" || die "zlib: gzip cannot read minigzip's output"
    "$bin/minigzip" -d "$dir/data.gz"
    cmp "$dir/data" "$file" || die "zlib: minigzip does not give the file back"
    gzip -9 -c "$file" | "$bin/minigzip" -d | cmp - "$file" ||
      die "zlib: minigzip cannot read gzip's output"
  done
}

users_zlib() {
  # example.c is compiled for the program and for the test.
  count zutil.h -I. ./*.c test/example.c test/example.c test/minigzip.c
}

header_sqlite3=src/sqliteInt.h
# vdbe.c is compiled, and the opcodes are taken from it: they come out the same, and that is all.
source_sqlite3=src/vdbe.c
pruned_sqlite3="CC 1, Genrule 1"

check_sqlite3() {
  local dir=$work/sqlite3.tmp
  rm -rf "$dir"
  mkdir "$dir"
  local shell=$work/sqlite3/sky-out/bin/src/shell
  (cd "$dir" && "$shell" -bail -batch <"$here/sqlite3/tests.sql" >out 2>&1) ||
    die "sqlite3: the shell failed: $(tail -n 3 "$dir/out")"
  same sqlite3 "$dir/out" "$here/sqlite3/tests.expected"
}

users_sqlite3() {
  local out=sky-out/bin flags
  flags=$(lua5.4 -e 'print((dofile "options.lua").flags)')
  # shellcheck disable=SC2046,SC2086
  count sqliteInt.h $flags -Isrc -I$out/src -Iext/fts3 -Iext/rtree \
    $(find src -name '*.c' ! -name 'test*' ! -name tclsqlite.c) $out/src/{parse,opcodes,shell}.c \
    $(find ext/fts3 -name '*.c' ! -name fts3_term.c ! -name fts3_test.c) \
    ext/rtree/rtree.c $out/ext/fts5/fts5.c
}

# project NAME: all of it for one package.
project() {
  local name=$1 id=${1//./_} header users source pruned
  fetch "$name"
  rm -rf "${work:?}/$name"
  cp -a "$store/src/$name" "$work/$name"
  cp -a "$here/$name/." "$work/$name/"
  build "$name" first
  "check_$id"
  build "$name" second
  header=header_$id
  users=$(cd "$work/$name" && "users_$id")
  echo "/* A comment, to see what is built again. */" >>"$work/$name/${!header}"
  build "$name" touched
  source=source_$id pruned=pruned_$id
  if [ -n "${!source:-}" ]; then
    echo "/* A comment here, too. */" >>"$work/$name/${!source}"
    build "$name" pruned
  fi
  "check_$id"
  lua5.4 "$here/report.lua" "$name" "$work" "${!header}" "$users" ${!pruned:+"${!pruned}"} ||
    die "$name: wrong actions"
}

[ -x "$skylua" ] || die "there is no $skylua; run make first"
need tclsh tcl
need lua5.4 lua5.4
rm -rf "$work"
mkdir -p "$work"
export XDG_CACHE_HOME=$work/cache
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(lua5.4 zlib sqlite3)
lines=()
for name in "${names[@]}"; do
  [ -f "$here/$name/WORKSPACE.lua" ] || die "there is no project $name"
  project "$name"
  lines+=("$(cat "$work/$name.line")")
done
printf '%s\n' "${lines[@]}"
