# Consul in docker-compose.yml: the services there do not run on Nomad, so they are registered here.
data_dir    = "/consul/data"
client_addr = "0.0.0.0"
bind_addr   = "172.31.77.10"

services = [
  {
    name    = "nginx"
    address = "172.31.77.28"
    port    = 8080
    check   = { tcp = "172.31.77.28:8080", interval = "5s", timeout = "3s" } # with TLS or without
  },
  {
    name    = "mlflow"
    address = "172.31.77.20"
    port    = 5000
    meta    = { probe = "/health" }
    check   = { http = "http://172.31.77.20:5000/health", interval = "5s", timeout = "3s" }
  },
  {
    name    = "pushgateway"
    address = "172.31.77.21"
    port    = 9091
    meta    = { probe = "/-/ready" }
    check   = { http = "http://172.31.77.21:9091/-/ready", interval = "5s", timeout = "3s" }
  },
  {
    name    = "prometheus"
    address = "172.31.77.22"
    port    = 9090
    tags    = ["prometheus"]
    meta    = { probe = "/-/ready" }
    check   = { http = "http://172.31.77.22:9090/-/ready", interval = "5s", timeout = "3s" }
  },
  {
    name    = "grafana"
    address = "172.31.77.23"
    port    = 3000
    tags    = ["prometheus"]
    meta    = { probe = "/api/health" }
    check   = { http = "http://172.31.77.23:3000/api/health", interval = "5s", timeout = "3s" }
  },
  {
    name    = "node-exporter"
    address = "172.31.77.24"
    port    = 9100
    tags    = ["prometheus"]
    check   = { http = "http://172.31.77.24:9100/", interval = "5s", timeout = "3s" }
  },
  {
    name    = "blackbox-exporter"
    address = "172.31.77.26"
    port    = 9115
    tags    = ["prometheus"]
    check   = { http = "http://172.31.77.26:9115/-/healthy", interval = "5s", timeout = "3s" }
  },
  {
    name    = "alertmanager"
    address = "172.31.77.27"
    port    = 9093
    tags    = ["prometheus"]
    meta    = { probe = "/-/ready" }
    check   = { http = "http://172.31.77.27:9093/-/ready", interval = "5s", timeout = "3s" }
  },
]
