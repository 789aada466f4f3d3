#!/bin/sh
# Runs the program for each line of cases.txt: two numbers and their sum.
while read -r a b want; do
  got=$("$1" "$a" "$b")
  if [ "$got" != "$want" ]; then
    echo "$a + $b is $got, not $want"
    exit 1
  fi
done < scripts/cases.txt
