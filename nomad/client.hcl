# A Nomad client: a node that trains. The second file adds its trainer folder: the host volume "nomad-ml-trainer" and
# the metadata nomad_ml_trainer_folder (raw_exec sees no volumes) and nomad_ml_consul.
client {
  enabled = true

  # A training needs its time to write a checkpoint after SIGTERM; Nomad's default cuts it off after 30 s.
  max_kill_timeout = "5m"

  gc_max_allocs           = 100
  gc_disk_usage_threshold = 90

  # A Consul or a Nomad that is away for long ends no task that reads templates: the gateway goes on by what it knows.
  template {
    consul_retry {
      attempts    = 0
      max_backoff = "10s"
    }

    nomad_retry {
      attempts    = 0
      max_backoff = "10s"
    }
  }

  # The network in which a container has the node's addresses: what serves is registered under them.
  meta {
    nomad_ml_docker_network = "host"
  }

  options = {
    # Off a cloud these only wait for an answer that never comes (and fail on an AWS_CA_BUNDLE they can't read).
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
  }
}

plugin "raw_exec" {
  config {
    enabled = true
  }
}

plugin "docker" {
  config {
    allow_privileged = false
    extra_labels     = ["job_name", "task_name"] # for cAdvisor
    volumes {
      enabled = true # the trainer's run folder is the allocation's own
    }
    gc {
      image_delay = "24h" # CUDA images are large
    }
  }
}
