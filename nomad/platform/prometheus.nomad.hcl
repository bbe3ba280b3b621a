# Prometheus: finds its targets through Consul, keeps the trainings' history, evaluates the alerts.
# Run from the repository's root, which it reads its configuration and rules from.
variable "prometheus" {
  type        = string
  default     = "prometheus"
  description = "Path of the prometheus program on the platform node; a bare name is looked up on PATH."
}

variable "consul" {
  type        = string
  default     = "127.0.0.1:8500"
  description = "Consul's HTTP address as the platform node sees it."
}

variable "blackbox_exporter" {
  type        = string
  default     = "127.0.0.1:9115"
  description = "Address of blackbox_exporter as the platform node sees it."
}

variable "port" {
  type    = number
  default = 9090
}

variable "retention" {
  type    = string
  default = "15d"
}

variable "folder" {
  type        = string
  default     = "prometheus"
  description = "Folder of prometheus.yml and rules/."
}

locals {
  configuration = replace(replace(file("${var.folder}/prometheus.yml"), "127.0.0.1:8500", var.consul), "127.0.0.1:9115", var.blackbox_exporter)
  consul_port   = ":${split(":", var.consul)[1]}"
}

job "prometheus" {
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

  group "prometheus" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "prometheus"
      port = "http"
      tags = ["prometheus"]

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

    task "prometheus" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "30s"

      config {
        command = var.prometheus
        args = [
          "--config.file=${NOMAD_TASK_DIR}/prometheus.yml",
          "--storage.tsdb.path=${meta.nomad_ml_platform_folder}/prometheus",
          "--storage.tsdb.retention.time=${var.retention}",
          "--web.listen-address=${NOMAD_ADDR_http}",
        ]
      }

      template {
        data            = replace(local.configuration, ":8500", local.consul_port)
        destination     = "local/prometheus.yml"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      dynamic "template" {
        for_each = fileset("${var.folder}/rules", "*.yml")

        content {
          data            = file("${var.folder}/rules/${template.value}")
          destination     = "local/rules/${template.value}"
          left_delimiter  = "[[["
          right_delimiter = "]]]"
        }
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
