# blackbox_exporter: asks the services that are registered with the meta "probe" whether they answer, for Prometheus.
# Run from the repository's root, which it reads its configuration from.
variable "blackbox_exporter" {
  type        = string
  default     = "blackbox_exporter"
  description = "Path of the blackbox_exporter program on the platform node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 9115
}

variable "folder" {
  type        = string
  default     = "prometheus"
  description = "Folder of blackbox.yml."
}

job "blackbox-exporter" {
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

  group "blackbox-exporter" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "blackbox-exporter"
      port = "http"
      tags = ["prometheus"]

      check {
        type     = "http"
        path     = "/-/healthy"
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

    task "blackbox-exporter" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      config {
        command = var.blackbox_exporter
        args    = ["--config.file=${NOMAD_TASK_DIR}/blackbox.yml", "--web.listen-address=${NOMAD_ADDR_http}"]
      }

      template {
        data        = file("${var.folder}/blackbox.yml")
        destination = "local/blackbox.yml"
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 50
        memory = 64
      }
    }
  }
}
