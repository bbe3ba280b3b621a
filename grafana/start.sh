#!/bin/sh
# Starts Grafana as docker-compose.yml runs it: the links of the dashboards lead to NOMAD_UI_URL and MLFLOW_UI_URL, where
# a browser reaches the two, for Grafana itself fills variables of its own environment only into provisioning files.
set -eu
here=$(dirname "$0")
for file in "$here"/dashboards/*.json; do
  sed -e "s|http://127.0.0.1:4646|${NOMAD_UI_URL:-http://127.0.0.1:4646}|g" \
    -e "s|http://127.0.0.1:5000|${MLFLOW_UI_URL:-http://127.0.0.1:5000}|g" \
    "$file" >"${DASHBOARDS:-/etc/grafana/dashboards}/${file##*/}"
done
exec "${GRAFANA:-/run.sh}" "$@"
