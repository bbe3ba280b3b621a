# The gateway: nginx in front of the served models, which it finds through Consul.
# Run from the repository's root, which it reads its configuration from.
variable "nginx" {
  type        = string
  default     = "nginx"
  description = "Path of the nginx program (1.22 or newer) on the platform node; a bare name is looked up on PATH."
}

variable "image" {
  type        = string
  default     = ""
  description = "Image of nginx, for the docker driver; empty: raw_exec."
}

variable "network" {
  type        = string
  default     = ""
  description = "Docker's network for that container."
}

variable "address" {
  type        = string
  default     = ""
  description = "The container's IPv4 address in that network."
}

variable "port" {
  type    = number
  default = 8080
}

variable "tls" {
  type        = string
  default     = ""
  description = "Folder of server.crt and server.key on the node, for TLS; empty: none."
}

variable "rate" {
  type        = number
  default     = 1000
  description = "Requests a second and client address; more are answered by 429."
}

variable "burst" {
  type        = number
  default     = 2000
  description = "Requests of a client above the rate that are let through at once."
}

variable "body" {
  type        = string
  default     = "16m"
  description = "The largest body of a request; no larger than the servers take (--max-body), whose refusal would look like a failure."
}

variable "read_timeout" {
  type        = string
  default     = "15s"
  description = "How long an instance may say nothing before another one is asked; more than the servers' own deadline (10 s)."
}

variable "trusted" {
  type        = string
  default     = ""
  description = "Addresses of proxies in front, comma-separated, whose X-Forwarded-For names the client."
}

variable "workers" {
  type    = number
  default = 2
}

variable "folder" {
  type        = string
  default     = "nomad/platform/gateway"
  description = "Folder of start.sh and of the templates."
}

job "gateway" {
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

  group "gateway" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name    = "gateway"
      port    = "http"
      address = var.address

      meta {
        probe        = "/health"
        probe_scheme = var.tls == "" ? "http" : "https"
      }

      check {
        type            = "http"
        protocol        = var.tls == "" ? "http" : "https"
        tls_skip_verify = true
        path            = "/health"
        interval        = "5s"
        timeout         = "3s"
      }
    }

    restart {
      attempts = 10
      interval = "10m"
      delay    = "5s"
      mode     = "delay"
    }

    task "gateway" {
      driver         = var.image == "" ? "raw_exec" : "docker"
      user           = var.image == "" ? "" : "101"
      kill_signal    = "SIGTERM"
      kill_timeout   = "30s"
      shutdown_delay = "2s"

      config {
        command         = "/bin/sh"
        args            = ["${NOMAD_TASK_DIR}/start.sh"]
        image           = var.image == "" ? null : var.image
        network_mode    = var.image == "" ? null : var.network
        ipv4_address    = var.image == "" ? null : var.address
        cap_drop        = var.image == "" ? null : ["all"]
        readonly_rootfs = var.image == "" ? null : true
        volumes         = var.image == "" || var.tls == "" ? null : ["${var.tls}:${var.tls}:ro"]
      }

      env {
        GATEWAY_NGINX        = var.nginx
        GATEWAY_LISTEN       = var.image == "" ? "${NOMAD_ADDR_http}" : var.port
        GATEWAY_TLS          = var.tls
        GATEWAY_RATE         = var.rate
        GATEWAY_BURST        = var.burst
        GATEWAY_BODY         = var.body
        GATEWAY_READ_TIMEOUT = var.read_timeout
        GATEWAY_TRUSTED      = var.trusted
        GATEWAY_WORKERS      = var.workers
      }

      dynamic "template" {
        for_each = ["front.conf", "models.conf", "models.json"]

        content {
          data        = file("${var.folder}/${template.value}.tpl")
          destination = "local/${template.value}"
          change_mode = "noop" # start.sh looks

          wait {
            min = "200ms"
            max = "1s"
          }
        }
      }

      template {
        data            = file("${var.folder}/start.sh")
        destination     = "local/start.sh"
        perms           = "755"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      logs {
        max_files     = 5
        max_file_size = 20
      }

      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
