#!/bin/sh
# Builds all of it, runs the tests and the server.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" build //...
"${SKYLUA:-skylua}" test //...
"${SKYLUA:-skylua}" run -q //server
