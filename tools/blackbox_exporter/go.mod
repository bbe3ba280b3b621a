module nomad-ml.local/tools/blackbox_exporter

go 1.25.8

require github.com/prometheus/blackbox_exporter v0.28.0
