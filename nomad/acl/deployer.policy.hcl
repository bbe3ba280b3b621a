# What submit-job deploy needs, for whoever deploys, promotes, rejects and rolls back in the namespace "default".
# Whoever may only look needs read-job, read-logs, and list and read of the Variables.
namespace "default" {
  capabilities = [
    "list-jobs",
    "read-job",   # status, following
    "submit-job", # deploy, promote, reject, rollback, stop
    "read-logs",  # why a server is not healthy
  ]
  # What was deployed: history, and where a deployment that was cut off goes on.
  variables {
    path "nomad-ml/deployments/*" {
      capabilities = ["list", "read", "write"]
    }
    # How far releases are; in the namespace of their first environment.
    path "nomad-ml/releases/*" {
      capabilities = ["list", "read", "write"]
    }
  }
}

# Where a server fits.
node {
  policy = "read"
}

# The model server laid on the nodes, for exec tasks.
host_volume "nomad-ml-trainer" {
  policy = "read"
}
