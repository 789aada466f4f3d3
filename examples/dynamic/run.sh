#!/bin/sh
# Builds the playlist and shows it.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build //:evening
cat sky-out/bin/evening.txt
