module nomad-ml.local/tools/redis_exporter

go 1.25.8

require github.com/oliver006/redis_exporter v1.82.0
