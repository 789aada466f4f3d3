#!/bin/sh
# Starts the client with the server, from the outputs' directory $1.
exec "$1/client/client" "$1/server/server"
