#!/bin/sh
# Prints Alertmanager's configuration from the environment. Secrets stay in files that it names, read at each delivery.
#   ALERT_WEBHOOK_URL_FILE    file that holds the address alerts are posted to, as Alertmanager's JSON
#   ALERT_MAIL_TO             addresses, with commas between them
#   ALERT_MAIL_FROM           default: alertmanager@localhost
#   ALERT_SMARTHOST           mail server, host:port; default: localhost:25
#   ALERT_SMTP_USERNAME, ALERT_SMTP_PASSWORD_FILE
# A file that is missing or empty, or no address, means: not that way. With none of them alerts show in Alertmanager only.
set -eu

quoted() { # value → a YAML string
  printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}

cat <<'YAML'
route:
  receiver: operators
  group_by: [alertname, experiment, exported_job, node]
  group_wait: 15s
  group_interval: 1m
  repeat_interval: 12h
  routes:
    - matchers: [severity="critical"]
      receiver: operators
      repeat_interval: 1h

inhibit_rules:
  # What is on a node that is down, and what follows from a server that is.
  - source_matchers: [alertname="NodeDown"]
    target_matchers: [alertname=~"TargetDown|ServiceUnhealthy"]
    equal: [node]
  - source_matchers: [alertname="MlflowDown"]
    target_matchers: [alertname="TrainingSpoolGrowing"]
  - source_matchers: [alertname="MlflowDown"]
    target_matchers: [alertname="ServiceUnhealthy"]
    equal: [service]
  - source_matchers: [alertname="StalePushgatewayGroup"]
    target_matchers: [alertname="TrainingStalled"]
    equal: [run_id]

receivers:
  - name: operators
YAML
if [ -s "${ALERT_WEBHOOK_URL_FILE:-}" ]; then
  printf '    webhook_configs:\n      - send_resolved: true\n        url_file: %s\n' "$(quoted "$ALERT_WEBHOOK_URL_FILE")"
fi
if [ -n "${ALERT_MAIL_TO:-}" ]; then
  printf '    email_configs:\n      - send_resolved: true\n'
  printf '        to: %s\n        from: %s\n        smarthost: %s\n' "$(quoted "$ALERT_MAIL_TO")" \
    "$(quoted "${ALERT_MAIL_FROM:-alertmanager@localhost}")" "$(quoted "${ALERT_SMARTHOST:-localhost:25}")"
  if [ -s "${ALERT_SMTP_PASSWORD_FILE:-}" ]; then
    printf '        auth_username: %s\n        auth_password_file: %s\n' \
      "$(quoted "${ALERT_SMTP_USERNAME:-}")" "$(quoted "$ALERT_SMTP_PASSWORD_FILE")"
  else
    printf '        require_tls: false\n'
  fi
fi
