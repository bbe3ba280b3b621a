# dcgm-exporter: what the GPUs of each node do, for the dashboard GPU and its alerts. It runs on every node whose Docker has
# NVIDIA's container toolkit, sees all GPUs and reserves none: trainings keep them. Counters of the tensor cores, memory
# bandwidth and PCIe (DCGM_FI_PROF_…) need `-var profiling=true` and sys_admin among allow_caps of the agent's docker plugin.
# It was validated and planned, never run: no node with a GPU and Docker was at hand.
variable "image" {
  type        = string
  default     = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.2-4.8.1-ubuntu22.04"
  description = "NVIDIA's image of dcgm-exporter, release 3.3 or newer."
}

variable "port" {
  type    = number
  default = 9400
}

variable "profiling" {
  type        = bool
  default     = false
  description = "Whether to count what only an administrator may."
}

job "dcgm-exporter" {
  type     = "system"
  priority = 80

  constraint {
    attribute = "${attr.driver.docker.runtimes}"
    operator  = "set_contains"
    value     = "nvidia"
  }

  group "dcgm-exporter" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "dcgm-exporter"
      port = "http"
      tags = ["prometheus"]

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

    task "dcgm-exporter" {
      driver = "docker"

      config {
        image        = var.image
        runtime      = "nvidia"
        network_mode = "host"
        cap_add      = var.profiling ? ["sys_admin"] : []
        args         = ["--address", "${NOMAD_ADDR_http}"]
      }

      # NVIDIA's runtime hands in what these name.
      env {
        NVIDIA_VISIBLE_DEVICES     = "all"
        NVIDIA_DRIVER_CAPABILITIES = "compute,utility"
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 100
        memory = 512
      }
    }
  }
}
