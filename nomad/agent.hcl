# What every Nomad agent of the cluster has in common. Where it is (data_dir, ports, addresses, trainer folder)
# lies in a second file beside it: `setup.sh up` writes state/nomad/here.hcl; docs/operations.md shows one by hand.
disable_update_check = true
leave_on_interrupt   = false
leave_on_terminate   = false

ui {
  enabled = true
}

# Prometheus reads /v1/metrics?format=prometheus of every agent.
telemetry {
  collection_interval        = "10s"
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
  disable_hostname           = true
}
