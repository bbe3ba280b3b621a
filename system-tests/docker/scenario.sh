# shellcheck shell=bash
# What a user does, and what must be so after each step.

services=(nginx consul registrar nomad postgres object-store mlflow pushgateway prometheus grafana node-exporter blackbox-exporter cadvisor postgres-exporter redis redis-exporter loki log-collector alertmanager)
all_volumes="alertmanager consul grafana log-collector loki nomad objects postgres prometheus pushgateway redis textfile"
trainer_image=nomad-ml/trainer:$(sed -n '0,/<version>/s/.*<version>\(.*\)<\/version>.*/\1/p' "$repository/pom.xml" | head -n 1)

scenario() {
  make_images
  copy_checkout
  record_events
  first_up
  platform_is_wired
  digits_job
  if [ $pictures = yes ]; then take_pictures; fi
  killed_container
  secret_of_a_job
  tls
  verbs
  down_and_up
  update
  backup_and_restore
  if [ $cuda = yes ]; then cuda_target; fi
  down_with_volumes
  profiles
  report
}

# The checkout as git knows it and what is built of it, in a folder of its own: .env and state belong to the run.
copy_checkout() {
  step "Copy of the checkout"
  "$repository/submit-job" --version >&2
  checkout=$work/checkout
  mkdir "$checkout"
  (cd "$repository" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$checkout")
  local module
  for module in spec scheduler trainer serving; do
    cp -a "$repository/$module/target" "$checkout/$module/"
  done
  touch "$checkout/scheduler/target/.built" # the folders of the copy are newer than what was built
  cd "$checkout"
  export NOMAD_ML_STATE=$work/submissions
}

record_events() {
  docker events --filter event=start --filter event=health_status --format '{{.TimeNano}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.image}}' >"$work/events" &
}

# Sees every service, whatever profile it is of.
docker-compose() { COMPOSE_PROFILES='*' command docker-compose "$@"; }

container() { docker-compose ps --quiet "$1"; }
health() { docker inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else if .State.Running}}healthy{{end}}' "$(container "$1")"; }

first_up() {
  step "./setup.sh up --docker"
  local began=$SECONDS service
  check "up succeeds" ./setup.sh up --docker
  up_seconds=$((SECONDS - began))
  talk "  took $up_seconds s"
  for service in "${services[@]}"; do check "$service is healthy" same healthy health "$service"; done
  [ $failed = 0 ] || { report; exit 1; }
}

# Nanoseconds at which a service's container first started, or was first healthy.
moment() { # service, action
  awk -v name="nomad-ml-$1-1" -v action="$2" '$0 ~ action && index($0, " " name " ") { print $1; exit }' "$work/events"
}

starts_after() { # service, the one it waits for
  local started healthy
  started=$(moment "$1" ' start ') healthy=$(moment "$2" 'health_status: healthy')
  echo "$1 started at $started, $2 was healthy at $healthy"
  [ "$started" -gt "$healthy" ]
}

platform_is_wired() {
  step "What is started is wired"
  local pair service job
  for pair in nomad:consul mlflow:postgres mlflow:object-store mlflow:consul pushgateway:consul prometheus:consul grafana:prometheus; do
    check "${pair%:*} starts once ${pair#*:} is healthy" starts_after "${pair%:*}" "${pair#*:}"
  done
  for service in "${services[@]}"; do
    check "$service: log rotation, network, restart" same "json-file 10m 5 nomad-ml unless-stopped" docker inspect -f \
      '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}} {{index .HostConfig.LogConfig.Config "max-file"}} {{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}} {{.HostConfig.RestartPolicy.Name}}' "$(container "$service")"
    check "$service has limits" limited "$service"
    check "$service was never restarted" same 0 docker inspect -f '{{.RestartCount}}' "$(container "$service")"
  done
  check "no image is latest" lacks ':latest$|^[^:]*$' docker-compose config --images
  check "named volumes" same "$all_volumes" volumes
  check "secrets are the owner's" same 600 stat -c %a .env
  check "every secret is made" contains '^4$' grep -Ec '^((POSTGRES|GRAFANA_ADMIN|REDIS)_PASSWORD|OBJECT_STORE_SECRET)=[0-9a-f]{48}$' .env
  for service in nginx registrar mlflow pushgateway prometheus grafana node-exporter blackbox-exporter postgres-exporter redis-exporter loki alertmanager; do
    check "$service is not root" not_root "$service"
  done
  for service in consul postgres redis; do check "$service's process is not root" process_is_not_root "$service"; done
  check "no secret is in an argument" no_secret_in_arguments
  for service in consul nomad pushgateway prometheus node_exporter mlflow versitygw postgres_exporter redis_exporter loki alertmanager; do
    check "docker-compose.yml and tools/install pin the same $service" same_pin "$service"
  done
  for service in nginx nomad nomad-client mlflow postgres object-store pushgateway prometheus grafana node-exporter blackbox-exporter cadvisor postgres-exporter redis redis-exporter loki log-collector alertmanager; do
    check "Consul says $service passes" within 30 passes "$service"
  done
  for job in pushgateway nomad consul node-exporter blackbox-exporter cadvisor postgres-exporter redis-exporter loki log-collector alertmanager prometheus grafana; do
    check "Prometheus found and scrapes $job" within 60 same "1" prometheus_value "min(up{job=\"$job\"})"
  done
  for service in ui/ v1/status/leader mlflow/ mlflow/api/2.0/mlflow/experiments/search?max_results=1 prometheus/-/ready pushgateway/-/ready alertmanager/-/ready grafana/api/health; do
    check "nginx passes on /$service" get "http://127.0.0.1:8080/$service"
  done
  check "Consul says the gateway passes" within 60 passes gateway
  check "nginx passes on to the gateway, which serves nothing yet" contains '"models":\[\]' get http://127.0.0.1:8080/models
  check "an unknown model is refused" contains 'no such model' curl -sS http://127.0.0.1:8080/v2/models/unknown/ready
  check "the model server's image is there" docker image inspect "${trainer_image/trainer/serving}"
  check "the start page asks for the health of all" contains '"ServiceName":"mlflow"' get http://127.0.0.1:8080/health
  check "the start page is served with its headers" contains 'X-Content-Type-Options: nosniff' curl -sS -D - -o /dev/null http://127.0.0.1:8080/
  check "Consul's other answers are not behind it" fails get http://127.0.0.1:8080/v1/catalog/services
  check "Prometheus has the rules" contains TrainingStalled\|TargetDown get http://127.0.0.1:9090/api/v1/rules
  check "no alert fires" within 90 nothing firing
  check "Nomad's node keeps its name" same nomad node_name
  check "Nomad's node is ready and runs Docker tasks" within 60 docker_driver_is_healthy
  check "the trainer's image is there" docker image inspect "$trainer_image"
}

limited() { # service: memory, CPU, processes, a file system that only its volumes can be written in
  docker inspect "$(container "$1")" | jq -e '.[0].HostConfig | .Memory > 0 and .NanoCpus > 0 and .PidsLimit > 0 and .ReadonlyRootfs'
}

not_root() { lacks '^(0|root)?$' docker inspect -f '{{.Config.User}}' "$(container "$1")"; }
process_is_not_root() { lacks '^ *[0-9]+ +(0|root)$' docker top "$(container "$1")" -eo pid,user; }

volumes() { docker volume ls --quiet --filter label=com.docker.compose.project=nomad-ml | sed 's/^nomad-ml-//' | sort | paste -sd' '; }

no_secret_in_arguments() {
  local secret
  while IFS='=' read -r _ secret; do
    ! ps -ww -eo args= | grep -F -- "$secret" | grep -vF grep || return 1
  done < <(grep -E '(PASSWORD|SECRET)=.' .env)
}

same_pin() { # server
  local version
  version=$(tools/install --list | awk -v name="$1" '$1 == name { print $2 }')
  contains "/${1//_/[_-]}:v?${version//./\\.}(-alpine)?\$" docker-compose config --images
}

# Every instance: Nomad registers three, for HTTP, RPC and gossip.
passes() { get "http://127.0.0.1:8500/v1/health/service/$1" | jq -e 'length > 0 and all(.[].Checks[]; .Status == "passing")'; }
prometheus_value() { get --get --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | jq -r '.data.result[].value[1]'; }
firing() { get http://127.0.0.1:9090/api/v1/alerts | jq -r '.data.alerts[] | select(.state == "firing") | .labels.alertname'; }
node_name() { get http://127.0.0.1:4646/v1/nodes | jq -r '.[].Name'; }
docker_driver_is_healthy() { get http://127.0.0.1:4646/v1/nodes | jq -e '.[0] | .Status == "ready" and .Drivers.docker.Healthy'; }

mlflow() { # path, JSON
  get --json "$2" "http://127.0.0.1:5000/api/2.0/mlflow/$1"
}

run_of() { # job → its run as JSON
  mlflow runs/search "{\"experiment_ids\": [\"1\"], \"filter\": \"tags.\`nomad_ml.job\` = '$1'\"}" | jq -e '.runs | if length == 1 then .[0] else error("\(length) runs") end'
}

status_of() { run_of "$1" | jq -r .info.status; }
accuracy_of() { run_of "$1" | jq -r '.data.metrics[] | select(.key == "validation_accuracy") | .value'; }
good_accuracy() { jq -en --argjson value "$(accuracy_of "$1")" '$value >= 0.95' || { accuracy_of "$1"; return 1; }; }

epochs_of() { # job → how many points, how many different steps
  get "http://127.0.0.1:5000/api/2.0/mlflow/metrics/get-history?run_id=$(run_of "$1" | jq -r .info.run_id)&metric_key=validation_loss&max_results=25000" |
    jq -r '[.metrics[].step] | "\(length) \(unique | length)"'
}

artifacts_of() { # job, folder
  get "http://127.0.0.1:5000/api/2.0/mlflow/artifacts/list?run_id=$(run_of "$1" | jq -r .info.run_id)&path=${2:-}" | jq -r '.files[].path' | sort | paste -sd' '
}

task_of() { # job → driver and image
  get "http://127.0.0.1:4646/v1/job/$1" | jq -r '.TaskGroups[0].Tasks[0] | "\(.Driver) \(.Config.image)"'
}

digits_followed() { ./submit-job examples/digits.yaml --id=digits-1 --follow >"$work/digits-1" 2>&1; }

digits_job() {
  step "./submit-job examples/digits.yaml, in a container by Nomad"
  local began=$SECONDS run
  check "the job ends well" exits 0 digits_followed
  cat "$work/digits-1" >&2
  digits_seconds=$((SECONDS - began))
  check "by the docker driver in our image" same "docker $trainer_image" task_of digits-1
  check "Docker ran such a container" contains " start train-[0-9a-f-]+ $trainer_image" cat "$work/events"
  if ! task_of digits-1 >/dev/null; then report; exit 1; fi
  check "the run is FINISHED" within 30 same FINISHED status_of digits-1
  check "validation accuracy is at least 0.95" good_accuracy digits-1
  accuracy=$(accuracy_of digits-1 || echo none)
  check "20 epochs, each once" same "20 20" epochs_of digits-1
  check "artifacts" same "checkpoints inputs job.json log.txt metrics.csv model" artifacts_of digits-1
  check "a model directory" contains model/MLmodel artifacts_of digits-1 model
  check "the model is registered" contains '"name": *"digits"' get "http://127.0.0.1:5000/api/2.0/mlflow/registered-models/get?name=digits"
  check "its model lies in the object store" contains '/artifacts/model/MLmodel$' docker-compose exec -T object-store find /data/objects/mlflow -name MLmodel
  check "the run lies in Postgres" same 1 docker-compose exec -T postgres psql --username=mlflow --dbname=mlflow -tAc "select count(*) from runs where status = 'FINISHED'"
  run=$(run_of digits-1 | jq -r .info.run_id)
  check "gauges reached the Pushgateway" contains "training_epoch\{.*run_id=\"$run\".*\} 20" get http://127.0.0.1:9091/metrics
  check "and Prometheus, with their own labels" within 30 same 20 prometheus_value "max_over_time(training_epoch{job=\"training\", run_id=\"$run\"}[10m])"
  check "submit-job list knows it" contains digits-1 ./submit-job list
  check "submit-job doctor finds nothing" exits 0 ./submit-job doctor
  check "Loki has the log of its run" within 60 contains '^[1-9]' lines_of "{service_name=\"train\"} | run_id=\"$run\""
  check "and what nginx logged" within 60 contains '^[1-9]' lines_of '{service_name="nginx"}'
  check "cAdvisor saw its container" within 60 contains '^[0-9]' prometheus_value 'max(container_last_seen{container_label_com_hashicorp_nomad_job_name="digits-1"})'
}

take_pictures() {
  step "Pictures"
  check "of the start page" "$(server mlflow)/python" docs/pictures/take.py start-page=http://127.0.0.1:8080/
  cp docs/pictures/start-page.png "$repository/docs/pictures/"
}

lines_of() { # LogQL
  get --get --data-urlencode "query=sum(count_over_time($1 [1h]))" http://172.31.77.35:3100/loki/api/v1/query | jq -r '.data.result[].value[1]'
}

training_container() { # job
  docker ps --quiet --filter "name=^train-" --filter "label=com.hashicorp.nomad.alloc_id=$(get "http://127.0.0.1:4646/v1/job/$1/allocations" | jq -r 'max_by(.CreateIndex).ID')"
}

trains() { [ -n "$(training_container "$1")" ] && [ "$(epochs_of "$1" | cut -d' ' -f1)" -ge "$2" ]; }
ended() { get "http://127.0.0.1:4646/v1/job/$1" | jq -e '.Status == "dead"'; }

# Ends only when it is stopped, however fast the machine is.
submit_long() { # job
  ./submit-job examples/digits.yaml --id="$1" --detach --set train.epochs=100000 --set train.early_stopping= --set register=
}

attempt_of() { run_of "$1" | jq -r '.data.tags[] | select(.key == "nomad_ml.attempt") | .value'; }

killed_container() {
  step "A training's container is killed"
  local points
  check "it is submitted" submit_long digits-killed
  check "it trains" within 180 trains digits-killed 20
  check "a WebSocket passes nginx" contains 'through nginx' env NOMAD_ADDR=http://127.0.0.1:8080 ./submit-job exec digits-killed -- echo through nginx
  check "its container is killed" docker kill "$(training_container digits-killed)"
  points=$(epochs_of digits-killed | cut -d' ' -f1)
  check "the run goes on" within 180 trains digits-killed $((points + 20))
  check "as its second attempt" same 2 attempt_of digits-killed
  check "each epoch is there once" epochs_once digits-killed
  check "it can be stopped" ./submit-job stop digits-killed
  check "its run is KILLED" within 90 same KILLED status_of digits-killed
}

secret_of_a_job() {
  step "A secret of a job, a command in our image"
  local digest
  digest=$(printf open-sesame | sha256sum | cut -d' ' -f1)
  cat >"$work/secret.yaml" <<YAML
name: secret
experiment: digits
image: $trainer_image
command: [/bin/sh, -c, 'printf %s "\$TOKEN" | sha256sum | grep -q $digest && test -n "\$MLFLOW_RUN_ID"']
secrets: {TOKEN: nomad/jobs/secret/train#token}
resources: {cpu: 100, memory: 256MiB}
YAML
  check "the variable is written" docker-compose exec -T nomad nomad var put -force nomad/jobs/secret/train token=open-sesame
  check "the command sees it" exits 0 ./submit-job "$work/secret.yaml" --id=secret --follow
  check "the job does not hold it" lacks open-sesame get http://127.0.0.1:4646/v1/job/secret
}

# A certificate for nginx, and none again.
tls() {
  step "TLS when a certificate is given"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout nginx/tls/server.key -out nginx/tls/server.crt 2>/dev/null
  chmod 644 nginx/tls/server.key
  check "nginx starts anew" ./setup.sh restart nginx --docker
  check "and speaks TLS" get --cacert nginx/tls/server.crt https://localhost:8080/
  check "MLflow is behind it" get --cacert nginx/tls/server.crt https://localhost:8080/mlflow/health
  rm nginx/tls/server.key nginx/tls/server.crt
  check "without the certificate it does not" ./setup.sh restart nginx --docker
  check "as before" get http://127.0.0.1:8080/
}

verbs() {
  step "status, logs, up again"
  local before service
  check "status succeeds and names every service" contains '^grafana +healthy' ./setup.sh status --docker
  for service in "${services[@]}"; do
    [ "$service" = log-collector ] || check "logs $service shows something" contains . ./setup.sh logs "$service" --docker # it tells of trouble only
  done
  check "logs of an unknown service fail" fails ./setup.sh logs nonsense --docker
  echo 'kept 1' | get --data-binary @- http://127.0.0.1:9091/metrics/job/by_hand
  docker-compose stop pushgateway >/dev/null 2>&1
  check "status fails while one is stopped" exits 1 ./setup.sh status --docker
  before=$(docker ps --all --quiet --no-trunc --filter label=com.docker.compose.project=nomad-ml | sort && sha256sum .env)
  check "up starts what is stopped" ./setup.sh up --docker
  check "status succeeds again" exits 0 ./setup.sh status --docker
  check "restart starts one service anew" ./setup.sh restart pushgateway --docker
  check "restart makes Loki write its chunks" ./setup.sh restart loki --docker
  check "which Redis keeps" within 60 contains '^[1-9]' prometheus_value 'redis_db_keys{db="db0"} > 0'
  check "status --json names it" contains '"name": "pushgateway", "health": "healthy"' ./setup.sh status --json --docker
  check "the Pushgateway kept its gauges" contains '^kept.* 1' get http://127.0.0.1:9091/metrics
  check "up again succeeds" ./setup.sh up --docker
  check "and changes neither container nor .env" same "$before" \
    bash -c 'docker ps --all --quiet --no-trunc --filter label=com.docker.compose.project=nomad-ml | sort && sha256sum .env'
  memory=$(docker stats --no-stream --format '{{.Name}} {{.MemUsage}}')
}

fails() { ! "$@"; }

down_and_up() {
  step "down in the middle of a training, and up"
  local points
  check "a long training is submitted" submit_long digits-long
  check "it trains" within 180 trains digits-long 20
  check "down succeeds" ./setup.sh down --docker
  check "no container is left" nothing docker ps --all --quiet
  check "no network is left" nothing docker network ls --quiet --filter name=nomad-ml
  check "volumes stay" same "$all_volumes" volumes
  check "up goes on with what down stopped" contains digits-long ./setup.sh up --docker
  check "the finished run is still there" same FINISHED status_of digits-1
  check "Nomad's node is ready" within 90 docker_driver_is_healthy
  points=$(epochs_of digits-long | cut -d' ' -f1)
  check "the run goes on" within 180 trains digits-long $((points + 20))
  check "each epoch is there once" epochs_once digits-long
  check "it can be stopped" ./submit-job stop digits-long
  check "its run is KILLED" within 90 same KILLED status_of digits-long
}

epochs_once() {
  local points steps
  read -r points steps < <(epochs_of "$1")
  [ "$points" = "$steps" ]
}

cuda_target() {
  step "The CUDA target of trainer/Dockerfile, trained in on the CPU"
  local began=$SECONDS
  # By the index of pip's own configuration: its torch 2.7.1 is built for CUDA 12.6, not the 12.8 of PyTorch's index.
  check "the CUDA target is built" docker build --quiet --target cuda --build-arg VERSION="${trainer_image#*:}" \
    --build-arg TORCH_INDEX= --tag "$trainer_image-cuda" trainer
  cuda_seconds=$((SECONDS - began))
  # The driver's library comes with the driver; without either, torch's CUDA libraries do not load.
  gcc -shared -fPIC -Wl,-soname,libcuda.so.1 -o "$work/libcuda.so.1" "$here/stand-ins/libcuda.c"
  image local/trainer:cuda-no-device "$work/libcuda.so.1" <<DOCKERFILE
FROM $trainer_image-cuda
COPY libcuda.so.1 /usr/lib/x86_64-linux-gnu/
DOCKERFILE
  check "a digits job ends well in it" exits 0 ./submit-job examples/digits.yaml --id=digits-cuda --follow --set image=local/trainer:cuda-no-device --set register=
  check "by its image" same "docker local/trainer:cuda-no-device" task_of digits-cuda
  check "with torch's CUDA libraries" contains cu128 docker run --rm --entrypoint /bin/sh local/trainer:cuda-no-device -c 'echo "$PYTORCH_FLAVOR" && test -e "$PYTORCH_LIBRARY_PATH/libtorch_cuda.so"'
  check "validation accuracy is at least 0.95" good_accuracy digits-cuda
}

# What a run and its files are, as one line.
state_of() { # job
  local run path
  run=$(run_of "$1" | jq -r .info.run_id)
  run_of "$1" | jq -cS '[.info.status, .data.params, .data.metrics, .data.tags]' | sha256sum
  for path in job.json metrics.csv model/MLmodel model/data/model.pth; do
    get "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/1/$run/artifacts/$path" | sha256sum
  done
}

containers() { docker ps --quiet --no-trunc --filter label=com.docker.compose.project=nomad-ml | sort; }
updated_containers() { ./setup.sh update --docker >/dev/null 2>&1 && containers; }

update() {
  step "update"
  local before
  before=$(container nginx)
  check "nothing to update changes no container" same "$(containers)" updated_containers
  echo "# a change" >>nginx/nginx.conf
  check "a changed file of nginx is taken over" ./setup.sh update --docker
  check "by a new container" fails same "$before" container nginx
  before=$(container mlflow)
  sed -i 's/scrape_interval: 5s/scrape_interval: soon/' prometheus/prometheus.yml
  check "a change that does not start is taken back" contains 'the one before runs again' fails env NOMAD_ML_WAIT_SECONDS=30 ./setup.sh update --docker
  check "Prometheus runs as before" get http://127.0.0.1:9090/-/ready
  check "MLflow was not touched" same "$before" container mlflow
  sed -i 's/scrape_interval: soon/scrape_interval: 5s/' prometheus/prometheus.yml
  check "and goes on when it is mended" ./setup.sh update --docker
}

backup_and_restore() {
  step "backup under a training, down --volumes, restore"
  local before points
  check "a training is submitted" submit_long digits-kept
  check "it trains" within 180 trains digits-kept 20
  check "a backup is made" ./setup.sh backup --docker
  check "it is listed" contains nomad-ml-docker ./setup.sh backup --list --docker
  check "Nomad makes one too" docker-compose exec -T nomad nomad job periodic force nomad-ml-backup
  check "in a container of its own" within 120 ended_well nomad-ml-backup
  check "Prometheus knows when it was" within 60 contains '^[0-9]' prometheus_value 'nomad_ml_backup_last_success_timestamp_seconds > 0'
  before=$(state_of digits-1) points=$(epochs_of digits-kept | cut -d' ' -f1)
  check "restore refuses what is there" contains 'are there already' fails ./setup.sh restore --docker
  check "all is deleted" ./setup.sh down --volumes --docker
  check "restore refuses other profiles" contains 'COMPOSE_PROFILES=full' fails env COMPOSE_PROFILES=dev ./setup.sh restore --docker
  check "restore succeeds" ./setup.sh restore --docker
  check "run, metrics, tags and artifacts are as before" same "$before" state_of digits-1
  check "the model is registered" contains '"name": *"digits"' get "http://127.0.0.1:5000/api/2.0/mlflow/registered-models/get?name=digits"
  check "the Nomad variable is there" contains open-sesame docker-compose exec -T nomad nomad var get -out=json nomad/jobs/secret/train
  check "the training goes on" within 240 trains digits-kept $((points + 20))
  check "each epoch is there once" epochs_once digits-kept
  check "it can be stopped" ./submit-job stop digits-kept
}

registered() { get http://127.0.0.1:8500/v1/catalog/services | jq -r 'keys[]' | grep -vx consul | paste -sd' '; }
running_services() { docker ps --format '{{.Label "com.docker.compose.service"}}' | grep . | sort | paste -sd' '; }

# A database and a bucket that are there already, in containers that Compose knows nothing of.
external() {
  docker run --detach --name own-postgres --network nomad-ml --env POSTGRES_USER=mlflow --env POSTGRES_DB=mlflow --env POSTGRES_PASSWORD=own-password \
    "$(pinned postgres)" >/dev/null
  docker run --detach --name own-store --network nomad-ml --env ROOT_ACCESS_KEY_ID=own --env ROOT_SECRET_ACCESS_KEY=own-secret --entrypoint /bin/sh \
    "$(pinned versity/versitygw)" -c 'mkdir -p /data/own && exec versitygw --port=:7070 posix /data' >/dev/null
  check "external without a database is refused" contains 'which database and which bucket' fails env COMPOSE_PROFILES=external ./setup.sh up --docker
  check "external comes up" env COMPOSE_PROFILES=external MLFLOW_BACKEND_STORE=postgresql://mlflow@own-postgres/mlflow MLFLOW_BACKEND_STORE_PASSWORD=own-password \
    MLFLOW_ARTIFACTS=s3://own/mlflow MLFLOW_S3_ENDPOINT_URL=http://own-store:7070 AWS_ACCESS_KEY_ID=own AWS_SECRET_ACCESS_KEY=own-secret ./setup.sh up --docker
  check "with these" same "consul mlflow-external nginx pushgateway registrar" running_services
  check "MLflow takes an artifact" get --request PUT --data-binary kept http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/kept/file
  check "and lays it into that bucket" same kept docker exec own-store cat /data/own/mlflow/kept/file
  check "its tables are in that database" same 1 docker exec own-postgres psql --username=mlflow --dbname=mlflow -tAc "select count(*) from experiments"
  docker rm --force --volumes own-postgres own-store >/dev/null
}

# A periodic job's, by the docker driver.
ended_well() { # job
  get http://127.0.0.1:4646/v1/allocations | jq -e --arg job "$1/" 'any(.[]; (.JobID | startswith($job)) and .ClientStatus == "complete")'
}

profiles() {
  step "One profile after the other"
  check "two MLflows are refused" contains 'asks for two MLflows' fails env COMPOSE_PROFILES=dev,full ./setup.sh up --docker
  check "an unknown profile is refused" contains "no profile is called 'all'" fails env COMPOSE_PROFILES=all ./setup.sh up --docker
  check "models want a Nomad" contains 'no Nomad to run models on' fails env COMPOSE_PROFILES=dev,serve ./setup.sh up --docker
  check "serve comes up" make serve
  check "with these" same "consul mlflow-sqlite nginx nomad prometheus pushgateway registrar" running_services
  check "the gateway passes" within 60 passes gateway
  check "dev comes up" make dev
  check "with these" same "consul mlflow-sqlite nginx pushgateway registrar" running_services
  check "Consul knows these" within 30 same "mlflow nginx pushgateway" registered
  check "MLflow answers" get http://127.0.0.1:8080/mlflow/api/2.0/mlflow/experiments/search?max_results=1
  check "train and monitoring come to it" make monitoring
  check "with these" same "alertmanager blackbox-exporter cadvisor consul grafana log-collector loki mlflow-sqlite nginx node-exporter nomad prometheus pushgateway redis redis-exporter registrar" running_services
  check "a job ends well" exits 0 ./submit-job examples/digits.yaml --id=digits-dev --follow
  check "its run is FINISHED" within 30 same FINISHED status_of digits-dev
  check "the reconciler runs in a container" within 150 ended_well nomad-ml-reconciler
  check "a backup of SQLite is made" env COMPOSE_PROFILES=dev,train,monitoring ./setup.sh backup --docker
  local before
  before=$(state_of digits-dev)
  check "all is deleted" ./setup.sh down --volumes --docker
  check "and restored" env COMPOSE_PROFILES=dev,train,monitoring ./setup.sh restore --docker
  check "as it was" same "$before" state_of digits-dev
  check "postgres takes its place" make dev-postgres
  check "with these" same "consul mlflow nginx object-store postgres postgres-exporter pushgateway registrar" running_services
  check "Consul forgot the others" within 30 same "mlflow nginx object-store postgres postgres-exporter pushgateway" registered
  external
  check "down --volumes succeeds" make down-volumes
  check "no container is left" nothing docker ps --all --quiet
  check "no volume is left" nothing docker volume ls --quiet --filter name=nomad-ml
  check "no network is left" nothing docker network ls --quiet --filter name=nomad-ml
}

down_with_volumes() {
  step "down --volumes"
  check "down --volumes succeeds" ./setup.sh down --volumes --docker
  check "no container is left" nothing docker ps --all --quiet
  check "no volume is left" nothing docker volume ls --quiet --filter name=nomad-ml
}

report() {
  local service started healthy
  step "Report"
  printf '%-14s %12s %s\n' service "s to healthy" memory
  for service in "${services[@]}"; do
    started=$(moment "$service" ' start ') healthy=$(moment "$service" 'health_status: healthy')
    printf '%-14s %12s %s\n' "$service" "$([ -z "$healthy" ] && echo – || awk -v a="${started:-0}" -v b="$healthy" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')" \
      "$(awk -v name="nomad-ml-$service-1" '$1 == name { print $2 }' <<<"${memory:-}")"
  done
  printf '\nsetup.sh up --docker, images there: %s s\n' "$up_seconds"
  printf 'submit-job examples/digits.yaml to its end: %s s, validation accuracy %s\n' "${digits_seconds:-–}" "${accuracy:-–}"
  [ -z "${cuda_seconds:-}" ] || printf 'CUDA target built: %s s\n' "$cuda_seconds"
  printf '%d checks held, %d failed\n' "$held" "$failed"
  if [ $failed -gt 0 ] && [ $keep = yes ] && [ -t 0 ]; then bash -i; fi
  [ $failed = 0 ]
}
