# node_exporter on every node: its CPU, memory, disk and network.
variable "node_exporter" {
  type        = string
  default     = "node_exporter"
  description = "Path of the node_exporter program on every node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 9100
}

job "node-exporter" {
  type     = "system"
  priority = 80

  group "node-exporter" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "node-exporter"
      port = "http"
      tags = ["prometheus"]

      check {
        type     = "http"
        path     = "/"
        interval = "5s"
        timeout  = "3s"
      }
    }

    task "node-exporter" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          set -eu
          # tools/textfile writes there, on the platform node when backups end; elsewhere it stays empty.
          case $PLATFORM in /*) ;; *) PLATFORM=$NOMAD_ALLOC_DIR/data ;; esac
          mkdir -p "$PLATFORM/textfile"
          exec "$NODE_EXPORTER" --web.listen-address="$NOMAD_ADDR_http" --collector.disable-defaults \
            --collector.cpu --collector.meminfo --collector.filesystem --collector.diskstats --collector.netdev \
            --collector.loadavg --collector.uname --collector.pressure \
            --collector.textfile --collector.textfile.directory="$PLATFORM/textfile"
        SCRIPT
        ]
      }

      env {
        NODE_EXPORTER = var.node_exporter
        PLATFORM      = "${meta.nomad_ml_platform_folder}"
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
