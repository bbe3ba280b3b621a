# shellcheck shell=bash
# What runs on the agents, stage by stage; a stage is done when Consul says passing.

platform_services=(mlflow pushgateway node-exporter blackbox-exporter prometheus)
platform_servers=nomad,consul,pushgateway,node_exporter,blackbox_exporter,prometheus,mlflow # versitygw and torch are for the tests

# Alertmanager and Loki take minutes to build and are of use to those only who want them; the gateway wants an nginx.
choose_services() {
  [ "$BACKUP_CRON" = no ] || platform_servers+=,restic
  if [ "$ALERTMANAGER" = yes ]; then
    platform_services+=(alertmanager)
    platform_servers+=,alertmanager
  fi
  if [ "$LOGS" = yes ]; then
    platform_services+=(loki log-collector)
    platform_servers+=,loki,otelcol
  fi
  if [ "$GATEWAY" = yes ]; then
    platform_services+=(gateway)
  fi
}

obtain_servers() {
  step "Servers"
  local line paths
  paths=$("$repository/tools/install" --only "$platform_servers") || exit 1
  while IFS='=' read -r line; do
    [ -z "$line" ] || printf -v "${line%%=*}_folder" '%s' "${line#*=}"
  done <<<"$paths"
  done_with "at their pinned versions"
}

find_nomad() {
  nomad_folder=$("$repository/tools/install" --paths --only nomad 2>/dev/null | sed 's/^nomad=//')
  [ -n "$nomad_folder" ]
}

passing() { # service
  local answer
  answer=$(consul_api "/v1/health/service/$1?passing") && [ -n "$answer" ] && [ "$answer" != '[]' ]
}

run_job() { # job file, variables NAME=VALUE …
  local file=$1 variables=() variable output
  shift
  for variable in "$@"; do variables+=(-var "$variable"); done
  output=$(cd "$repository" && nomad job run -detach "${variables[@]}" "nomad/platform/$file" 2>&1) ||
    { talk "$output"; fail "Nomad refused nomad/platform/$file" "its reason is above"; }
}

# The newest allocation of a job or of its periodic children: id, client status, job's version, when it was made.
newest_allocation() { # job
  nomad operator api -X GET '/v1/allocations' 2>/dev/null | python3 -c '
import json, sys
mine = [a for a in json.load(sys.stdin) if a["JobID"] == sys.argv[1] or a["JobID"].startswith(sys.argv[1] + "/")]
for a in [max(mine, key=lambda a: a["CreateTime"])] if mine else []:
    print(a["ID"], a["ClientStatus"], a["CreateTime"] // 10**9)' "$1"
}

# Passing, or failed for good since the stage began: neither is worth waiting for.
settled() { # service, when the stage began
  local id status made
  passing "$1" && return
  read -r id status made < <(newest_allocation "$1") || return 1
  [ -n "$id" ] && [ "$status" = failed ] && [ "$made" -ge "$2" ]
}

services_stage() { # title, services that were started
  step "$1"
  local service id status made began
  shift
  began=$(date +%s)
  for service in "$@"; do
    read -r id status made < <(newest_allocation "$service") || true
    # What failed before waits longer and longer for its next try; `up` does not.
    [ "${status:-}" != failed ] || { nomad job eval -detach -force-reschedule "$service" >/dev/null || true; }
    wait_for "$NOMAD_ML_WAIT_SECONDS" settled "$service" "$began" && passing "$service" || stage_failed "$service"
    done_with "$service passes its health check"
  done
}

stage_failed() { # job
  local id status made
  read -r id status made < <(newest_allocation "$1") || true
  if [ -z "${id:-}" ]; then
    nomad job status "$1" 2>&1 | sed -n '/^Placement Failure/,/^$/p' >&2
    fail "$1 was not placed within $NOMAD_ML_WAIT_SECONDS s" "what keeps it off this node is above; nomad job status $1 shows more"
  fi
  nomad alloc status "$id" | sed -n '/^Recent Events/,$p' | cut -c1-400 >&2
  talk "the last lines of its log:"
  job_log "$1" -tail -n 15 2>&1 | sed 's/^/  /' >&2 || true
  fail "$1 did not pass its health check (waited at most $NOMAD_ML_WAIT_SECONDS s)" "./setup.sh logs $1 shows all of its log; then ./setup.sh up goes on from here"
}

run_service() { # service
  case $1 in
    mlflow)
      put_mlflow_secrets
      run_job mlflow.nomad.hcl "mlflow=$mlflow_folder/mlflow" "port=$MLFLOW_PORT" "backend_store=${MLFLOW_BACKEND_STORE/#postgresql:/postgresql+psycopg2:}" "workers=$MLFLOW_WORKERS" \
        "artifacts=$MLFLOW_ARTIFACTS" "s3_endpoint=$MLFLOW_S3_ENDPOINT_URL" "s3_region=$AWS_DEFAULT_REGION"
      ;;
    pushgateway) run_job pushgateway.nomad.hcl "pushgateway=$pushgateway_folder/pushgateway" "port=$PUSHGATEWAY_PORT" ;;
    node-exporter) run_job node-exporter.nomad.hcl "node_exporter=$node_exporter_folder/node_exporter" "port=$NODE_EXPORTER_PORT" ;;
    blackbox-exporter) run_job blackbox-exporter.nomad.hcl "blackbox_exporter=$blackbox_exporter_folder/blackbox_exporter" "port=$BLACKBOX_EXPORTER_PORT" ;;
    prometheus) run_job prometheus.nomad.hcl "prometheus=$prometheus_folder/prometheus" "port=$PROMETHEUS_PORT" "consul=127.0.0.1:$CONSUL_HTTP_PORT" "retention=$PROMETHEUS_RETENTION" "blackbox_exporter=127.0.0.1:$BLACKBOX_EXPORTER_PORT" ;;
    alertmanager) run_job alertmanager.nomad.hcl "alertmanager=$alertmanager_folder/alertmanager" "port=$ALERTMANAGER_PORT" "mail_to=$ALERT_MAIL_TO" "mail_from=$ALERT_MAIL_FROM" "smarthost=$ALERT_SMARTHOST" "smtp_username=$ALERT_SMTP_USERNAME" ;;
    loki) run_job loki.nomad.hcl "loki=$loki_folder/loki" "port=$LOKI_PORT" "retention=$LOKI_RETENTION" "redis=$LOKI_REDIS" ;;
    log-collector) run_job log-collector.nomad.hcl "otelcol=$otelcol_folder/otelcol" "port=$LOG_COLLECTOR_PORT" "agents=$state/log" ;;
    gateway) run_job gateway.nomad.hcl "nginx=$(find_nginx)" "port=$GATEWAY_PORT" "tls=$(certificates)" ;;
  esac
}

# Debian's is on no user's PATH.
find_nginx() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx; }

# The folder of the gateway's certificate, when there is one.
certificates() {
  local folder=${NGINX_TLS_DIR:-$repository/nginx/tls}
  [ ! -e "$folder/server.crt" ] || echo "$folder"
}

start_services() {
  local service
  for service in mlflow pushgateway node-exporter blackbox-exporter; do run_service "$service"; done
  services_stage "MLflow, Pushgateway, exporters" mlflow pushgateway node-exporter blackbox-exporter
  run_service prometheus
  services_stage "Prometheus" prometheus
  if [ "$ALERTMANAGER" = yes ]; then
    run_service alertmanager
    services_stage "Alertmanager" alertmanager
  fi
  if [ "$LOGS" = yes ]; then
    run_service loki
    run_service log-collector
    services_stage "Logs" loki log-collector
  fi
  if [ "$GATEWAY" = yes ]; then
    run_service gateway
    services_stage "Gateway" gateway
  fi
}

# Builds what a stage needs unless it is there.
build() { # file, Maven module
  [ ! -e "$1" ] || return 0
  command -v mvn >/dev/null || fail "$1 is missing" "install Maven and JDK 17, then: mvn -q package -DskipTests"
  talk "  building $2 (log: $state/log/build.log)"
  (cd "$repository" && mvn -B -q -ntp package -DskipTests -pl "$2" -am) >"$state/log/build.log" 2>&1 </dev/null || tail -n 15 "$state/log/build.log" >&2
  [ -e "$1" ] || fail "$1 is missing" "mvn -q package -DskipTests makes it; the rest of the platform is up"
}

# The file is named by its checksum in MLflow, so what is there is never another.
upload() { # program, archive, checksum → its address
  local folder=nomad-ml/$1/${3:0:12} size listed
  local artifacts=http://127.0.0.1:$MLFLOW_PORT/api/2.0/mlflow-artifacts/artifacts
  size=$(wc -c <"$2")
  listed=$(curl --fail --silent --max-time 10 "$artifacts?path=$folder" || true)
  if [[ ${listed//[[:space:]]/} != *"\"file_size\":$((size))"* ]]; then
    curl --fail-with-body --silent --show-error --request PUT --upload-file "$2" "$artifacts/$folder/${2##*/}" >&2 ||
      fail "MLflow did not take $2" "./setup.sh logs mlflow"
  fi
  printf '%s/%s/%s' "$artifacts" "$folder" "${2##*/}"
}

# What is laid on every node: the trainer, and beside it the model server.
programs=(trainer serving)

folder_of() { # program
  if [ "$1" = trainer ]; then echo "$state/trainer"; else echo "$state/trainer/$1"; fi
}

laid() { # program, version, checksum
  local versions
  versions=$(nomad node status -self -t "{{ index .Meta \"nomad_ml_${1}s\" }}" 2>/dev/null)
  [[ ,$versions, == *",$2,"* ]] && [ "$(readlink "$(folder_of "$1")/$2")" = ".store/$2-${3:0:12}" ]
}

archive_of() { # program
  local given
  given=NOMAD_ML_$(tr '[:lower:]' '[:upper:]' <<<"$1")_ARCHIVE
  echo "${!given:-$repository/$1/target/$1-$(project_version).tar.gz}"
}

lay() { # program
  local version archive checksum source
  version=$(project_version)
  archive=$(archive_of "$1")
  build "$archive" "$1"
  checksum=$(sha256sum "$archive" | cut -d' ' -f1)
  if laid "$1" "$version" "$checksum"; then
    done_with "$1 $version lies on this node already"
    return
  fi
  source=$(upload "$1" "$archive" "$checksum") || exit 1
  run_job lay.nomad.hcl "program=$1" "version=$version" "source=$source" "sha256=$checksum"
  wait_for "$NOMAD_ML_WAIT_SECONDS" laid "$1" "$version" "$checksum" || stage_failed "nomad-ml-$1"
  done_with "$1 $version laid on this node (sha256 ${checksum:0:12}…)"
}

lay_programs() {
  step "Trainer and model server"
  local program
  for program in "${programs[@]}"; do lay "$program"; done
}

start_reconciler() {
  step "Reconciler"
  local program=${NOMAD_ML_SUBMIT_JOB:-$repository/submit-job}
  [ -x "$program" ] || fail "$program is missing" "the reconciler runs it every minute; the rest of the platform is up"
  run_job reconciler.nomad.hcl "submit_job=$program" "nomad=$nomad_address" "consul=$consul_address"
  done_with "runs every minute"
}

trainings() { # their job ids, one a line
  nomad operator api -X GET '/v1/allocations?namespace=*' | python3 -c '
import json, sys
platform = ("mlflow", "pushgateway", "node-exporter", "blackbox-exporter", "prometheus", "alertmanager", "loki", "log-collector", "gateway")
print("\n".join(sorted({a["JobID"] for a in json.load(sys.stdin) if a["ClientStatus"] in ("pending", "running")
    and a["JobID"] not in platform and not a["JobID"].startswith(("nomad-ml-", "serve-"))})))'
}

# A drain, not `alloc stop`: Nomad stops nothing by that whose replacement has no place, and there is no other node.
drain_node() { # who starts the trainings again
  local job running_jobs
  running_jobs=$(trainings) || talk "  the trainings could not be listed"
  for job in $running_jobs; do
    talk "  $job leaves a checkpoint; $1"
  done
  nomad node drain -self -enable -force -detach -yes -m "setup.sh down" >/dev/null ||
    talk "  the node could not be drained"
  wait_for 320 no_tasks || talk "  some tasks still run"
}

stop_jobs() {
  local job
  step "Jobs"
  nomad job stop -detach nomad-ml-reconciler >/dev/null 2>&1 || true
  nomad job stop -detach nomad-ml-backup >/dev/null 2>&1 || true
  drain_node "the reconciler starts it again after the next ./setup.sh up"
  for job in gateway log-collector loki alertmanager prometheus blackbox-exporter node-exporter pushgateway mlflow; do
    nomad job stop -detach "$job" >/dev/null 2>&1 || true
  done
  done_with "stopped"
}

# One whose allocation failed has nothing to restart: it is placed anew.
restart_job() { # job
  local output
  output=$(nomad job restart -yes -on-error=fail "$1" 2>&1) || nomad job eval -detach -force-reschedule "$1" >/dev/null || true
  wait_for "$NOMAD_ML_WAIT_SECONDS" passing "$1" || { talk "$output"; stage_failed "$1"; }
  done_with "$1 passes its health check"
}

no_tasks() {
  [[ $(nomad operator api -X GET '/v1/allocations?namespace=*&task_states=false' 2>/dev/null | tr -d ' ') != *'"ClientStatus":"running"'* ]]
}

job_log() { # job, options of `nomad alloc logs`
  local job=$1 id status made
  shift
  read -r id status made < <(newest_allocation "$job") || true
  [ -n "${id:-}" ] || { talk "$job has not been placed yet"; return 1; }
  nomad alloc logs -stdout "$@" "$id" 2>/dev/null || true
  nomad alloc logs -stderr "$@" "$id"
}
