#!/bin/sh
# Counts the words of a book by the rules of another repository.
set -eu
cd "$(dirname "$0")/book"
"${SKYLUA:-skylua}" build //...
"${SKYLUA:-skylua}" test //...
cat sky-out/bin/book.total
