# Makes a backup of the platform on a schedule, on the node that keeps the platform's state.
variable "setup" {
  type        = string
  default     = "setup.sh"
  description = "Path of setup.sh on the platform node; a bare name is looked up on PATH."
}

variable "cron" {
  type        = string
  default     = "17 3 * * *"
  description = "When, in UTC."
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "Of .env.template, what setup.sh does not find in .env."
}

variable "image" {
  type        = string
  default     = ""
  description = "Image with bash, docker and its compose plugin, for setup.sh backup --docker; empty: raw_exec."
}

variable "folders" {
  type        = list(string)
  default     = []
  description = "What that container sees of its host, under the same paths."
}

job "nomad-ml-backup" {
  type     = "batch"
  priority = 80

  periodic {
    crons            = [var.cron]
    prohibit_overlap = true
  }

  constraint {
    attribute = "${meta.nomad_ml_platform_folder}"
    operator  = "is_set"
  }

  group "backup" {
    # BackupTooOld tells when none went well for a day.
    restart {
      attempts = 1
      interval = "1h"
      delay    = "5m"
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "backup" {
      driver      = var.image == "" ? "raw_exec" : "docker"
      kill_signal = "SIGTERM"

      config {
        command = var.setup
        args    = var.image == "" ? ["backup"] : ["backup", "--docker"]
        image   = var.image == "" ? null : var.image
        volumes = var.image == "" ? null : [for folder in var.folders : "${folder}:${folder}"]
      }

      env = var.settings

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 200
        memory = 512
      }
    }
  }
}
