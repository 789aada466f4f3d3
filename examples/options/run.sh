#!/bin/sh
# Builds the program under several configurations; what they share is built once.
set -eu
cd "$(dirname "$0")"
skylua=${SKYLUA:-skylua}
"$skylua" run -q //app
"$skylua" run -q -D language=de //app
"$skylua" run -q -D language=de -D shout //app
"$skylua" run -q --config=party //app
