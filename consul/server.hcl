# A Consul server. One is a laptop's cluster; three are a cluster that survives one of them.
server           = true
bootstrap_expect = 1 # a later file may say 3

ui_config {
  enabled = true
}

performance {
  raft_multiplier = 1
}
