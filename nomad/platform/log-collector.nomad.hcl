# The OpenTelemetry Collector on every node: sends what tasks and agents print there to Loki, which Consul knows.
# Run from the repository's root, which it reads its configuration from.
variable "otelcol" {
  type        = string
  default     = "otelcol"
  description = "Path of the otelcol program on every node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 8889
}

variable "agents" {
  type        = string
  default     = ""
  description = "Folder of consul.log and nomad.log on every node; empty: they are not collected."
}

variable "folder" {
  type        = string
  default     = "loki"
  description = "Folder of collector.yml."
}

job "log-collector" {
  type     = "system"
  priority = 80

  group "log-collector" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "log-collector"
      port = "http"
      tags = ["prometheus"]

      check {
        type     = "http"
        path     = "/metrics"
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

    task "log-collector" {
      driver       = "raw_exec"
      kill_signal  = "SIGTERM"
      kill_timeout = "30s"

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          set -eu
          # Nomad's own folder has the allocations; what was read of them and not sent yet belongs beside them.
          LOG_ALLOCATIONS=$(dirname "$(dirname "$NOMAD_ALLOC_DIR")")
          LOG_OFFSETS=$(dirname "$LOG_ALLOCATIONS")/log-collector
          export LOG_ALLOCATIONS LOG_OFFSETS
          exec "$OTELCOL" --config="$NOMAD_TASK_DIR/collector.yml" --feature-gates=stanza.synchronousLogEmitter
        SCRIPT
        ]
      }

      env {
        OTELCOL          = var.otelcol
        LOG_AGENTS       = var.agents == "" ? "/nowhere" : var.agents
        LOG_NODE         = "${node.unique.name}"
        LOG_METRICS_HOST = "${NOMAD_IP_http}"
        LOG_METRICS_PORT = "${NOMAD_PORT_http}"
        GOMEMLIMIT       = "120MiB"
      }

      # Also one that is not well at the moment: lines wait on disk. Without any they wait too.
      template {
        data        = "LOKI_OTLP=http://{{ with service \"loki|any\" }}{{ with index . 0 }}{{ .Address }}:{{ .Port }}{{ end }}{{ else }}127.0.0.1:3100{{ end }}/otlp\n"
        destination = "local/loki.env"
        env         = true
      }

      template {
        data            = file("${var.folder}/collector.yml")
        destination     = "local/collector.yml"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
