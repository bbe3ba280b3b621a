module nomad-ml.local/tools/pushgateway

go 1.25.8

require github.com/prometheus/pushgateway v1.11.1
