#!/bin/sh
# Runs the program and the tests.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" run //shop -- USD
"${SKYLUA:-skylua}" test //...
