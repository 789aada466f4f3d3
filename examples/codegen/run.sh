#!/bin/sh
# Builds the program for debugging: the generator and the code are those of every mode.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build -c debug //app
./sky-out/bin-debug/app/app
