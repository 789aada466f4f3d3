#!/bin/sh
# Runs all tests, and then a suite, whose results are known by then.
set -eu
cd "$(dirname "$0")"
skylua=${SKYLUA:-skylua}
"$skylua" test //...
"$skylua" test //scripts:quick
