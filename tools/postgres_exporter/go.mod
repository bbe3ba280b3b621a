module nomad-ml.local/tools/postgres_exporter

go 1.25.8

require github.com/prometheus-community/postgres_exporter v0.19.1
