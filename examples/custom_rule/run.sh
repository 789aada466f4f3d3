#!/bin/sh
# Builds the book and shows it.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build //docs:manual
cat sky-out/bin/docs/manual.txt
