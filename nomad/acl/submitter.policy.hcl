# What submit-job needs, for whoever trains in the namespace "default".
namespace "default" {
  capabilities = [
    "list-jobs",       # list, status without a job, a job by the beginning of its id
    "read-job",        # follow, status, logs, doctor
    "submit-job",      # submit, plan, stop
    "read-logs",       # follow, logs
    "alloc-exec",      # exec
    "alloc-node-exec", # exec beside raw_exec tasks, which see the whole node
  ]
}

# Where a job fits: plan, submit, nodes.
node {
  policy = "read"
}

# The trainer laid on the nodes, for exec and java tasks.
host_volume "nomad-ml-trainer" {
  policy = "read"
}
