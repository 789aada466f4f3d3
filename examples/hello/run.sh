#!/bin/sh
# Builds the program and runs it.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build //:hello
./sky-out/bin/hello
