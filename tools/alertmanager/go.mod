module nomad-ml.local/tools/alertmanager

go 1.25.8

require github.com/prometheus/alertmanager v0.31.1
