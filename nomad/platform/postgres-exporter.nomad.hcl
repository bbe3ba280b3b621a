# postgres_exporter: how the Postgres below MLflow does, where there is one (MLFLOW_BACKEND_STORE). Where the database is
# and who asks it are the Nomad Variable nomad/jobs/postgres-exporter, in no job, argument or log; without it the task waits:
#   nomad var put nomad/jobs/postgres-exporter uri='db.example:5432/mlflow?sslmode=require' user=exporter password=…
# The user needs the role pg_monitor and nothing else: CREATE USER exporter PASSWORD '…' IN ROLE pg_monitor;
variable "postgres_exporter" {
  type        = string
  default     = "postgres_exporter"
  description = "Path of the postgres_exporter program on the platform node (tools/install --only postgres_exporter); a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 9187
}

job "postgres-exporter" {
  type     = "service"
  priority = 80

  constraint {
    attribute = "${meta.nomad_ml_platform_folder}"
    operator  = "is_set"
  }

  # A new version that does not become healthy gives way to the one before.
  update {
    min_healthy_time  = "2s"
    healthy_deadline  = "2m"
    progress_deadline = "0s" # the first failure is the last
    auto_revert       = true
  }

  group "postgres-exporter" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "postgres-exporter"
      port = "http"
      tags = ["prometheus"]

      meta {
        probe = "/"
      }

      # Also while Postgres is down: that is what pg_up and the alert PostgresDown tell.
      check {
        type     = "http"
        path     = "/"
        interval = "5s"
        timeout  = "3s"
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "5s"
      mode     = "delay"
    }

    task "postgres-exporter" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      # For the Variable, where ACLs are on.
      identity {}

      config {
        command = "/bin/sh"
        args    = ["-c", "exec \"$POSTGRES_EXPORTER\" --web.listen-address=\"$NOMAD_ADDR_http\""]
      }

      env {
        POSTGRES_EXPORTER     = var.postgres_exporter
        DATA_SOURCE_URI_FILE  = "${NOMAD_SECRETS_DIR}/uri"
        DATA_SOURCE_USER_FILE = "${NOMAD_SECRETS_DIR}/user"
        DATA_SOURCE_PASS_FILE = "${NOMAD_SECRETS_DIR}/password"
      }

      template {
        data        = "{{ with nomadVar \"nomad/jobs/postgres-exporter\" }}{{ .uri }}{{ end }}"
        destination = "secrets/uri"
        perms       = "0400"
      }

      template {
        data        = "{{ with nomadVar \"nomad/jobs/postgres-exporter\" }}{{ .user }}{{ end }}"
        destination = "secrets/user"
        perms       = "0400"
      }

      template {
        data        = "{{ with nomadVar \"nomad/jobs/postgres-exporter\" }}{{ .password }}{{ end }}"
        destination = "secrets/password"
        perms       = "0400"
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }

      resources {
        cpu    = 50
        memory = 64
      }
    }
  }
}
