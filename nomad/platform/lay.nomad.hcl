# Lays the archive of the trainer, or of the model server, once on every node, also on nodes that join later; jobs find it
# by node metadata. Run from the repository's root.
variable "program" {
  type        = string
  default     = "trainer"
  description = "trainer or serving."

  validation {
    condition     = var.program == "trainer" || var.program == "serving"
    error_message = "The program is trainer or serving."
  }
}

variable "version" {
  type    = string
  default = "0.1.0-SNAPSHOT"
}

variable "source" {
  type        = string
  default     = "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/nomad-ml/trainer/trainer-0.1.0-SNAPSHOT.tar.gz"
  description = "Where every node can fetch <program>-<version>.tar.gz."
}

variable "sha256" {
  type        = string
  default     = "0000000000000000000000000000000000000000000000000000000000000000"
  description = "The archive's checksum; a node refuses any other."
}

job "nomad-ml-lay" {
  id       = "nomad-ml-${var.program}"
  name     = "nomad-ml-${var.program}"
  type     = "sysbatch"
  priority = 80

  constraint {
    attribute = "${meta.nomad_ml_trainer_folder}"
    operator  = "is_set"
  }

  group "program" {
    restart {
      attempts = 3
      interval = "10m"
      delay    = "10s"
      mode     = "fail"
    }

    task "lay" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      # May write this node's metadata. With ACLs on, the policy nomad/acl/trainer.policy.hcl says so.
      identity {
        env = true
      }

      artifact {
        source      = var.source
        destination = "local/program.tar.gz"
        mode        = "file"

        options {
          archive  = "false"
          checksum = "sha256:${var.sha256}"
        }
      }

      template {
        data            = file("nomad/platform/lay.sh")
        destination     = "local/lay.sh"
        perms           = "755"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      config {
        command = "/bin/sh"
        args    = ["${NOMAD_TASK_DIR}/lay.sh"]
      }

      env {
        PROGRAM = var.program
        FOLDER  = var.program == "trainer" ? "${meta.nomad_ml_trainer_folder}" : "${meta.nomad_ml_trainer_folder}/${var.program}"
        AGENT   = "${attr.unique.advertise.address}"
        VERSION = var.version
        SHA256  = var.sha256
        ARCHIVE = "${NOMAD_TASK_DIR}/program.tar.gz"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
