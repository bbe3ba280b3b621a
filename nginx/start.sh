#!/bin/sh
# Starts nginx as docker-compose.yml runs it: by TLS when NGINX_TLS_DIR holds server.crt and server.key, else without.
set -eu
listen='listen 8080;'
if [ -e /etc/nomad-ml-tls/server.crt ]; then
  listen='listen 8080 ssl; ssl_certificate /etc/nomad-ml-tls/server.crt; ssl_certificate_key /etc/nomad-ml-tls/server.key; ssl_protocols TLSv1.2 TLSv1.3;'
fi
sed "s|listen 8080;|$listen|" /etc/nomad-ml/nginx.conf >/tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
