#!/bin/sh
# Builds the program, whose headers are made on the way, and runs it.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build //app
./sky-out/bin/app/app
