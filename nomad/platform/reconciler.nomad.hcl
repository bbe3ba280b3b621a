# Every minute: tells people what their job files ask for, ends runs whose job is dead, submits again what a drain ended, deletes gauges of runs that are over.
variable "submit_job" {
  type        = string
  default     = "submit-job"
  description = "Path of submit-job on the platform node; a bare name is looked up on PATH."
}

variable "image" {
  type        = string
  default     = ""
  description = "Image of submit-job, for the docker driver; empty: raw_exec."
}

variable "nomad" {
  type    = string
  default = "http://127.0.0.1:4646"
}

variable "consul" {
  type    = string
  default = "http://127.0.0.1:8500"
}

locals {
  # Where Nomad itself runs in a container, the folder of secrets is a mount that no other container sees: there they come by the environment.
  prefix       = var.image == "" ? "" : "NOTIFY_"
  in_container = "umask 077 && env | sed -n 's/^NOTIFY_//p' >/tmp/notify && exec ${var.submit_job} doctor --fix"
}

job "nomad-ml-reconciler" {
  type     = "batch"
  priority = 80

  periodic {
    crons            = ["* * * * *"]
    prohibit_overlap = true
  }

  constraint {
    attribute = "${meta.nomad_ml_platform_folder}"
    operator  = "is_set"
  }

  group "reconciler" {
    # The next minute is the next attempt.
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "reconcile" {
      driver      = var.image == "" ? "raw_exec" : "docker"
      kill_signal = "SIGTERM"

      # With ACLs on, the policy nomad/acl/reconciler.policy.hcl says what it may do.
      identity {
        env = true
      }

      config {
        command      = var.image == "" ? var.submit_job : "/bin/sh"
        args         = var.image == "" ? ["doctor", "--fix"] : ["-c", local.in_container]
        image        = var.image == "" ? null : var.image
        network_mode = var.image == "" ? null : "host"
        cap_drop     = var.image == "" ? null : ["all"]
      }

      env {
        NOMAD_ADDR       = var.nomad
        CONSUL_HTTP_ADDR = var.consul
        NOMAD_ML_NOTIFY  = var.image == "" ? "${NOMAD_SECRETS_DIR}/notify" : "/tmp/notify"
        NOMAD_ML_LOG     = "json"
        NO_COLOR         = "1"
      }

      # Names and addresses of those who are told: nomad var put nomad/jobs/nomad-ml-reconciler name=https://…
      template {
        data        = "{{ if nomadVarExists \"nomad/jobs/nomad-ml-reconciler\" }}{{ with nomadVar \"nomad/jobs/nomad-ml-reconciler\" }}{{ range .Tuples }}${local.prefix}{{ .K }}={{ .V }}\n{{ end }}{{ end }}{{ end }}"
        destination = "secrets/notify"
        perms       = "0400"
        env         = var.image != ""
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 200
        memory = 256
      }
    }
  }
}
