# MLflow: runs, artifacts and models; SQLite and a folder by default, Postgres by `-var backend_store=postgresql+psycopg2://…`,
# a bucket by `-var artifacts=s3://…`. Secrets are those of the Nomad Variable nomad/jobs/mlflow, none of which has to be there:
# PGPASSWORD, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
variable "mlflow" {
  type        = string
  default     = "mlflow"
  description = "Path of the mlflow program on the platform node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 5000
}

variable "backend_store" {
  type        = string
  default     = ""
  description = "Where runs are kept. Empty: SQLite in the platform folder."
}

variable "artifacts" {
  type        = string
  default     = ""
  description = "Where artifacts are kept, such as s3://bucket/prefix. Empty: a folder of the platform folder."
}

variable "s3_endpoint" {
  type        = string
  default     = ""
  description = "Address of a bucket's server that is not Amazon's."
}

variable "s3_region" {
  type    = string
  default = ""
}

variable "workers" {
  type    = number
  default = 1
}

variable "allowed_hosts" {
  type        = string
  default     = ""
  description = "Host headers MLflow answers to, comma-separated. Empty: localhost and private addresses."
}

job "mlflow" {
  type     = "service"
  priority = 80 # no training takes the place of what the trainings report to

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

  group "mlflow" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "mlflow"
      port = "http"

      meta {
        probe = "/health"
      }

      check {
        type     = "http"
        path     = "/health"
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

    task "mlflow" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "20s"

      # For the Variable, where ACLs are on.
      identity {}

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          set -eu
          mkdir -p "$STATE/artifacts"
          [ -n "$MLFLOW_S3_ENDPOINT_URL" ] || unset MLFLOW_S3_ENDPOINT_URL
          [ -n "$AWS_DEFAULT_REGION" ] || unset AWS_DEFAULT_REGION
          exec "$MLFLOW" server --host "$NOMAD_IP_http" --port "$NOMAD_PORT_http" --workers "$WORKERS" \
            --backend-store-uri "$BACKEND_STORE" \
            --serve-artifacts --artifacts-destination "$ARTIFACTS"
        SCRIPT
        ]
      }

      env {
        STATE                              = "${meta.nomad_ml_platform_folder}/mlflow"
        MLFLOW                             = var.mlflow
        WORKERS                            = var.workers
        BACKEND_STORE                      = var.backend_store != "" ? var.backend_store : "sqlite:///${meta.nomad_ml_platform_folder}/mlflow/mlflow.db"
        ARTIFACTS                          = var.artifacts != "" ? var.artifacts : "${meta.nomad_ml_platform_folder}/mlflow/artifacts"
        MLFLOW_S3_ENDPOINT_URL             = var.s3_endpoint
        AWS_DEFAULT_REGION                 = var.s3_region
        MLFLOW_SERVER_ALLOWED_HOSTS        = var.allowed_hosts
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION = "false"
        MLFLOW_DISABLE_TELEMETRY           = "true"
      }

      template {
        data        = "{{ if nomadVarExists \"nomad/jobs/mlflow\" }}{{ with nomadVar \"nomad/jobs/mlflow\" }}{{ range .Tuples }}{{ .K }}={{ .V | toJSON }}\n{{ end }}{{ end }}{{ end }}"
        destination = "secrets/mlflow.env"
        perms       = "0400"
        env         = true
      }

      logs {
        max_files     = 5
        max_file_size = 10
      }

      resources {
        cpu    = 500
        memory = 1024
      }
    }
  }
}
