# What every Consul agent of the cluster has in common. Where it is lies in a second file: `setup.sh up` writes state/consul/here.hcl.
disable_update_check = true
leave_on_terminate   = false

connect {
  enabled = false
}

# Prometheus reads /v1/agent/metrics?format=prometheus of every agent.
telemetry {
  prometheus_retention_time = "60s"
  disable_hostname          = true
}

limits {
  http_max_conns_per_client = 1000 # every training of a node asks its agent
}
