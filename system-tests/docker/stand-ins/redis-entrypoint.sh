#!/bin/sh
# The data folder is its own and the process is not root, as in the publisher's image.
set -e
if [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis {} +
  exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
fi
umask 077
exec "$@"
