# Loki: keeps what tasks and agents print on every node, as the job log-collector sends it.
# The password of a Redis, if it wants one, is that of the Nomad Variable nomad/jobs/loki:
#   nomad var put nomad/jobs/loki redis_password=…
# Run from the repository's root, which it reads its configuration from.
variable "loki" {
  type        = string
  default     = "loki"
  description = "Path of the loki program on the platform node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 3100
}

variable "retention" {
  type    = string
  default = "15d"
}

variable "redis" {
  type        = string
  default     = ""
  description = "host:port of a Redis that caches what Loki read; empty: Loki's own memory alone."
}

variable "folder" {
  type        = string
  default     = "loki"
  description = "Folder of loki.yml."
}

job "loki" {
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

  group "loki" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
      port "grpc" {}
    }

    service {
      name = "loki"
      port = "http"
      tags = ["prometheus"]

      meta {
        probe = "/ready"
      }

      check {
        type     = "http"
        path     = "/ready"
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

    task "loki" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "30s"

      # For the Variable, where ACLs are on.
      identity {}

      config {
        command = var.loki
        args    = ["-config.file=${NOMAD_TASK_DIR}/loki.yml", "-config.expand-env=true"]
      }

      env {
        LOKI_FOLDER    = "${meta.nomad_ml_platform_folder}/loki"
        LOKI_HOST      = "${NOMAD_IP_http}"
        LOKI_HTTP_PORT = "${NOMAD_PORT_http}"
        LOKI_GRPC_PORT = "${NOMAD_PORT_grpc}"
        LOKI_RETENTION = var.retention
        LOKI_REDIS     = var.redis
        GOMEMLIMIT     = "240MiB"
      }

      template {
        data            = file("${var.folder}/loki.yml")
        destination     = "local/loki.yml"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      template {
        data        = "{{ if nomadVarExists \"nomad/jobs/loki\" }}{{ with nomadVar \"nomad/jobs/loki\" }}{{ with .redis_password }}LOKI_REDIS_PASSWORD={{ . | toJSON }}{{ end }}{{ end }}{{ end }}"
        destination = "secrets/loki.env"
        perms       = "0400"
        env         = true
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }

      resources {
        cpu    = 200
        memory = 256
      }
    }
  }
}
