#!/bin/sh
# Runs every example as a machine and as a coroutine.
set -eu
cd "$(dirname "$0")"
"${SKYLUA:-skylua}" lua demo.lua
