# Alertmanager: sends the alerts of Prometheus, which finds it in Consul, by webhook and mail.
# Secrets are those of the Nomad Variable nomad/jobs/alertmanager, none of which has to be there:
#   nomad var put nomad/jobs/alertmanager webhook_url=https://… smtp_password=…
# Run from the repository's root, which it reads its configuration from.
variable "alertmanager" {
  type        = string
  default     = "alertmanager"
  description = "Path of the alertmanager program on the platform node; a bare name is looked up on PATH."
}

variable "port" {
  type    = number
  default = 9093
}

variable "folder" {
  type        = string
  default     = "prometheus"
  description = "Folder of alertmanager.sh."
}

variable "mail_to" {
  type        = string
  default     = ""
  description = "Addresses that get the alerts, with commas between them; empty: no mail."
}

variable "mail_from" {
  type    = string
  default = "alertmanager@localhost"
}

variable "smarthost" {
  type    = string
  default = "localhost:25"
}

variable "smtp_username" {
  type    = string
  default = ""
}

job "alertmanager" {
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

  group "alertmanager" {
    network {
      mode = "host"
      port "http" {
        static = var.port
      }
    }

    service {
      name = "alertmanager"
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

    task "alertmanager" {
      driver      = "raw_exec"
      kill_signal = "SIGTERM"

      # For the Variable, where ACLs are on.
      identity {}

      config {
        command = "/bin/sh"
        args = ["-c", <<-SCRIPT
          set -eu
          mkdir -p "$STATE"
          sh "$NOMAD_TASK_DIR/alertmanager.sh" >"$NOMAD_TASK_DIR/alertmanager.yml"
          exec "$ALERTMANAGER" --config.file="$NOMAD_TASK_DIR/alertmanager.yml" --storage.path="$STATE" \
            --web.listen-address="$NOMAD_ADDR_http" --cluster.listen-address=
        SCRIPT
        ]
      }

      env {
        STATE                    = "${meta.nomad_ml_platform_folder}/alertmanager"
        ALERTMANAGER             = var.alertmanager
        ALERT_WEBHOOK_URL_FILE   = "${NOMAD_SECRETS_DIR}/webhook-url"
        ALERT_MAIL_TO            = var.mail_to
        ALERT_MAIL_FROM          = var.mail_from
        ALERT_SMARTHOST          = var.smarthost
        ALERT_SMTP_USERNAME      = var.smtp_username
        ALERT_SMTP_PASSWORD_FILE = "${NOMAD_SECRETS_DIR}/smtp-password"
      }

      template {
        data            = file("${var.folder}/alertmanager.sh")
        destination     = "local/alertmanager.sh"
        left_delimiter  = "[[["
        right_delimiter = "]]]"
      }

      template {
        data        = "{{ if nomadVarExists \"nomad/jobs/alertmanager\" }}{{ with nomadVar \"nomad/jobs/alertmanager\" }}{{ with .webhook_url }}{{ . }}{{ end }}{{ end }}{{ end }}"
        destination = "secrets/webhook-url"
        perms       = "0400"
      }

      template {
        data        = "{{ if nomadVarExists \"nomad/jobs/alertmanager\" }}{{ with nomadVar \"nomad/jobs/alertmanager\" }}{{ with .smtp_password }}{{ . }}{{ end }}{{ end }}{{ end }}"
        destination = "secrets/smtp-password"
        perms       = "0400"
      }

      logs {
        max_files     = 3
        max_file_size = 10
      }

      resources {
        cpu    = 50
        memory = 96
      }
    }
  }
}
