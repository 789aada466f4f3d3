#!/bin/sh
# Builds for this machine and, where the compiler is installed, for another one.
set -eu
cd "$(dirname "$0")"
skylua=${SKYLUA:-skylua}
"$skylua" run -q //where
if ! command -v aarch64-linux-gnu-gcc > /dev/null; then
  echo "cross: skipped: no aarch64-linux-gnu-gcc (Debian: apt install gcc-aarch64-linux-gnu)"
  exit 0
fi
"$skylua" build --config=arm64 //where
if command -v qemu-aarch64 > /dev/null; then
  "$skylua" test --config=arm64 //where:where_test
  qemu-aarch64 -L /usr/aarch64-linux-gnu sky-out/bin-release-arch=arm64/where/where
else
  echo "cross: not run: no qemu-aarch64 (Debian: apt install qemu-user)"
fi
