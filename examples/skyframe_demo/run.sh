#!/bin/sh
# Evaluates one key and prints every step.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" lua demo.lua --trace
