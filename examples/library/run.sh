#!/bin/sh
# Builds everything, runs the test and then the program.
set -eu
cd "$(dirname "$0")"
skylua=${SKYLUA:-skylua}
"$skylua" build //...
"$skylua" test //...
./sky-out/bin/app/app
