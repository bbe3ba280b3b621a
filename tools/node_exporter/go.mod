module nomad-ml.local/tools/node_exporter

go 1.25.8

require github.com/prometheus/node_exporter v1.12.1
