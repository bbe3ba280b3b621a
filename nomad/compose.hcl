# Nomad in docker-compose.yml: trains by the docker driver only, for its container holds no Java. data_dir comes by the command line.
bind_addr = "0.0.0.0"

advertise {
  http = "172.31.77.11"
  rpc  = "172.31.77.11"
  serf = "172.31.77.11"
}

consul {
  address              = "172.31.77.10:8500"
  checks_use_advertise = true # Consul is another machine: 0.0.0.0 would be itself, and Nomad critical
}

client {
  meta {
    nomad_ml_consul          = "http://172.31.77.10:8500"
    nomad_ml_platform_folder = "in containers" # what is for the platform's node runs here
    nomad_ml_docker_network  = "container:nomad-ml-nomad-1" # the node's addresses are this container's
  }
}

# Takes the place of the whole block in client.hcl.
plugin "docker" {
  config {
    allow_privileged = false
    extra_labels     = ["job_name", "task_name"] # for cAdvisor
    volumes {
      enabled = true
    }
    gc {
      image = false # the trainer's image is made here: no registry has it for the next job
    }
  }
}
