#!/bin/sh
said=$(sh sky-out/bin/scripts/both sky-out/bin)
test "$said" = "the server says MESSAGE 2" || { echo "$said"; exit 1; }
