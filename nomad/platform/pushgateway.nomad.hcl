# The Pushgateway: the gauges of trainings under way, kept over a restart.
variable "pushgateway" {
  type        = string
  default     = "pushgateway"
  description = "Path of the pushgateway program on the platform node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 9091
}

job "pushgateway" {
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

  group "pushgateway" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "pushgateway"
      port = "http"

      meta {
        probe = "/-/ready"
      }

      check {
        type     = "http"
        path     = "/-/ready"
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

    task "pushgateway" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          set -eu
          mkdir -p "$STATE"
          exec "$PUSHGATEWAY" --web.listen-address="$NOMAD_ADDR_http" \
            --persistence.file="$STATE/metrics" --persistence.interval=30s
        SCRIPT
        ]
      }

      env {
        STATE       = "${meta.nomad_ml_platform_folder}/pushgateway"
        PUSHGATEWAY = var.pushgateway
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }

      resources {
        cpu    = 100
        memory = 96
      }
    }
  }
}
