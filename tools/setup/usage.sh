# shellcheck shell=bash
# What --help says of each verb.

usage() {
  case ${1:-} in
    install)
      cat <<TEXT
Usage: ./setup.sh install [--systemd [--print]] [--docker]

Obtains what 'up' needs and starts nothing: the pinned servers (tools/install), the archives of trainer and model server.

  --systemd  writes units for Consul and Nomad too: system units when root types it, else units of the user.
             From then on up, down and restart start and stop the agents by systemctl alone, and after 'up' they start
             with the machine. 'clean --systemd' removes them. A unit that setup.sh did not write is never overwritten
  --print    shows the units and does nothing
  --docker   the images of docker-compose.yml, of the trainer, the model server and submit-job instead
TEXT
      ;;
    config)
      cat <<TEXT
Usage: ./setup.sh config [init] [--json]

Shows every setting, its value and where it is from; secrets are masked.

  init  makes .env of .env.template, with secrets made for it (mode 600). In a .env that is there it adds what is
        missing, changes no value that is set, and says what it did
TEXT
      ;;
    validate)
      cat <<TEXT
Usage: ./setup.sh validate [--json] [--docker]        (doctor is the same)

Looks for everything that would stop 'up' (programs and their versions, ports, disk, memory, settings, secrets, MLflow's
own database) and reports all of it at once, each with what mends it; tells the GPUs. Exit code 0 when there is
nothing, 1 otherwise.

  --json  prints the problems as a list of {"problem", "hint"}
TEXT
      ;;
    up)
      cat <<TEXT
Usage: ./setup.sh up [--docker]        (start, or no verb at all, is the same)

Obtains the servers (tools/install), starts a Consul and a Nomad agent on 127.0.0.1 in the background, runs the
jobs of nomad/platform/ until Consul says passing, lays the trainer and the model server on this node and installs the reconciler and the
daily backup. Typed again, it goes on where it stopped and changes nothing that is well. Trainings that 'down' stopped
go on.

  --docker  the containers of docker-compose.yml instead, those of COMPOSE_PROFILES; missing secrets are made and
            written to .env (mode 600)

Ports and folders: .env.template names them; set them in .env or in the environment.
TEXT
      ;;
    down)
      cat <<TEXT
Usage: ./setup.sh down [--volumes] [--docker]        (stop is the same)

Stops what 'up' started. Trainings leave a checkpoint and go on after the next 'up'. Data stays.

  --volumes  deletes all data too: runs, models, metrics, Nomad's and Consul's state
TEXT
      ;;
    restart)
      cat <<TEXT
Usage: ./setup.sh restart [SERVICE] [--docker]

Starts one service anew, or each in turn, and waits until it is healthy. Trainings go on meanwhile.
TEXT
      ;;
    status)
      cat <<TEXT
Usage: ./setup.sh status [--json] [--docker]

Shows each part: its health, version, address and since when it runs; and the systemd units where there are some.
Exit code 0 when all of it is well, 1 when something is not.
TEXT
      ;;
    logs)
      cat <<TEXT
Usage: ./setup.sh logs SERVICE [-f] [--docker]

SERVICE: consul, nomad, mlflow, pushgateway, node-exporter, blackbox-exporter, prometheus, alertmanager, loki,
log-collector, gateway, trainer, serving, reconciler or backup.

  -f, --follow  goes on showing what is added
TEXT
      ;;
    update)
      cat <<TEXT
Usage: ./setup.sh update [--docker]

Brings what runs to the versions and job files of this tree, after a git pull or a change of .env: obtains everything,
makes a backup, then exchanges one part after the other. One that does not become healthy gives way to the one
before, and nothing after it is touched. Trainings go on meanwhile.
TEXT
      ;;
    backup)
      cat <<TEXT
Usage: ./setup.sh backup [--list [--json]] [--docker]

Keeps a copy of Consul's and Nomad's state, MLflow's runs, models and artifacts, and the configuration in
BACKUP_REPOSITORY (a folder, or s3:https://host/bucket), while all of it runs; deletes all but the newest BACKUP_KEEP.
'up' makes one daily (BACKUP_CRON). MLflow's database is in it also where it is a Postgres of your own (by pg_dump;
BACKUP_DATABASE=no leaves it to you). Not in it: Prometheus's samples, artifacts in a bucket (MLFLOW_ARTIFACTS).

  --list  shows those that are there
TEXT
      ;;
    restore)
      cat <<TEXT
Usage: ./setup.sh restore [BACKUP] [--docker]

Brings a backup back, the newest or the one of that id, on an installation that holds nothing yet, and starts it.
Every file is verified by its checksum first. A Postgres of your own must be an empty database. Trainings that ran at
the time of the backup go on from their newest checkpoint in it.
TEXT
      ;;
    clean)
      cat <<TEXT
Usage: ./setup.sh clean [--volumes | --systemd] [--yes] [--docker]

Deletes what can be made again: servers of other pins, start-up archives, logs of builds. Asks first.

  --volumes  stops the platform and deletes its data instead, as 'down --volumes'; backups stay
  --systemd  removes the units of 'install --systemd' instead, once they are stopped
  --yes      does not ask
TEXT
      ;;
    *)
      cat <<TEXT
Usage: ./setup.sh [VERB] [OPTIONS]        without a verb: up

  install   obtains the servers, builds trainer and model server (--systemd: writes units for Consul and Nomad)
  config    shows the settings; 'config init' makes .env
  validate  looks for what would stop 'up'
  up        starts the platform on this machine
  down      stops it; data stays (--volumes deletes it)
  restart   starts one service anew, or all in turn
  status    shows what runs and where
  logs      shows the log of one service
  update    brings what runs to the versions of this tree, one part at a time
  backup    keeps a copy of everything; --list shows those there are
  restore   brings one back on an empty installation
  clean     deletes what can be made again (--volumes: the data)

  --docker  with most verbs: the containers of docker-compose.yml instead of Nomad jobs
  --json    with status, config, validate and backup --list: for programs
  --yes     answers every question with yes
  --help    with any verb: what it does

No verb needs root. Without it Nomad has the raw_exec driver only; exec, java and docker tasks need an agent that is root.
Linux is what it is tried on; Windows by WSL 2, which 'validate' knows; on macOS nothing was tried.
TEXT
      ;;
  esac
}

misused() {
  printf 'setup.sh: %s\n\n' "$1" >&2
  usage "${verb:-other}" >&2
  exit 2
}
