# Nomad in docker-compose.yml: trains by the docker driver only, for its container holds no Java. data_dir comes by the command line.
bind_addr = "0.0.0.0"

advertise {
  http = "172.31.77.11"
  rpc  = "172.31.77.11"
  serf = "172.31.77.11"
}

consul {
  address = "172.31.77.10:8500"
}

client {
  meta {
    nomad_ml_consul = "http://172.31.77.10:8500"
  }
}
