#!/bin/sh
# Takes arguments as the publisher's image does: data and configuration folder are its own, the process is not root.
set -e
[ "$1" = agent ] || exec consul "$@"
shift
chown consul:consul /consul/data /consul/config
exec su consul -c 'exec consul agent -data-dir=/consul/data -config-dir=/consul/config "$@"' -- consul "$@"
