# Lays the trainer's archive once on every node, also on nodes that join later; trainings find it by node metadata.
# Run from the repository's root.
variable "version" {
  type    = string
  default = "0.1.0-SNAPSHOT"
}

variable "source" {
  type        = string
  default     = "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/nomad-ml/trainer/trainer-0.1.0-SNAPSHOT.tar.gz"
  description = "Where every node can fetch trainer-<version>.tar.gz."
}

variable "sha256" {
  type        = string
  default     = "0000000000000000000000000000000000000000000000000000000000000000"
  description = "The archive's checksum; a node refuses any other."
}

job "nomad-ml-trainer" {
  type     = "sysbatch"
  priority = 80

  constraint {
    attribute = "${meta.nomad_ml_trainer_folder}"
    operator  = "is_set"
  }

  group "trainer" {
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
        destination = "local/trainer.tar.gz"
        mode        = "file"

        options {
          archive  = "false"
          checksum = "sha256:${var.sha256}"
        }
      }

      template {
        data            = file("nomad/platform/lay-trainer.sh")
        destination     = "local/lay-trainer.sh"
        perms           = "755"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      config {
        command = "/bin/sh"
        args    = ["${NOMAD_TASK_DIR}/lay-trainer.sh"]
      }

      env {
        TRAINER_FOLDER = "${meta.nomad_ml_trainer_folder}"
        AGENT          = "${attr.unique.advertise.address}"
        VERSION        = var.version
        SHA256         = var.sha256
        ARCHIVE        = "${NOMAD_TASK_DIR}/trainer.tar.gz"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
