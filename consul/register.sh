#!/bin/sh
# Registers the containers of docker-compose.yml in Consul: those there are, which depends on the profiles. The network
# resolves the name of a container only while it runs, so one that ends stays registered and turns critical; what an
# earlier choice of profiles left is taken out at the start.
set -u

# name, of the container too | address:port | path of the health check, or - for a connection | tag | asked by blackbox-exporter
services='
nginx 172.31.77.28:8080 - - no
mlflow 172.31.77.20:5000 /health - yes
pushgateway 172.31.77.21:9091 /-/ready - yes
prometheus 172.31.77.22:9090 /-/ready prometheus yes
grafana 172.31.77.23:3000 /api/health prometheus yes
node-exporter 172.31.77.24:9100 / prometheus no
postgres 172.31.77.25:5432 - - no
blackbox-exporter 172.31.77.26:9115 /-/healthy prometheus no
alertmanager 172.31.77.27:9093 /-/ready prometheus yes
object-store 172.31.77.29:7070 /health - yes
redis 172.31.77.30:6379 - - no
postgres-exporter 172.31.77.31:9187 / prometheus no
redis-exporter 172.31.77.32:9121 /health prometheus no
cadvisor 172.31.77.33:8080 /healthz prometheus no
loki 172.31.77.35:3100 /ready prometheus yes
log-collector 172.31.77.36:8889 /metrics prometheus no
dcgm-exporter 172.31.77.34:9400 /health prometheus no
'

there() { nslookup "$1" 2>/dev/null | grep -q '^Name:'; }

registered() { wget -qO- "http://$CONSUL_HTTP_ADDR/v1/agent/service/$1" >/dev/null 2>&1; }

register() { # name, address:port, path, tag, whether it is asked
  {
    printf 'service {\n  name = "%s"\n  address = "%s"\n  port = %s\n' "$1" "${2%:*}" "${2#*:}"
    [ "$4" = - ] || printf '  tags = ["%s"]\n' "$4"
    [ "$5" = no ] || printf '  meta = { probe = "%s" }\n' "$3"
    if [ "$3" = - ]; then printf '  check = { tcp = "%s"' "$2"; else printf '  check = { http = "http://%s%s"' "$2" "$3"; fi
    printf ', interval = "5s", timeout = "3s" }\n}\n'
  } >"/tmp/$1.hcl"
 consul services register "/tmp/$1.hcl"
}

each() { # function: called with the words of every line
  echo "$services" | while read -r line; do
    # shellcheck disable=SC2086  # words
    [ -z "$line" ] || "$1" $line
  done
}

forget_absent() { there "$1" || ! registered "$1" || consul services deregister -id="$1"; }

register_new() { registered "$1" || ! there "$1" || register "$@"; }

trap 'exit 0' TERM INT
each forget_absent
while :; do
  each register_new
  touch /tmp/all
  sleep 2 &
  wait $!
done
