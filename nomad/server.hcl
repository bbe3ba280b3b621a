# A Nomad server. One is a laptop's cluster; three are a cluster that survives one of them.
server {
  enabled          = true
  bootstrap_expect = 1 # a later file may say 3

  # A client that is cut off for a minute is lost and its trainings go elsewhere.
  heartbeat_grace   = "20s"
  min_heartbeat_ttl = "10s"

  job_gc_threshold  = "24h" # the reconciler and `submit-job status` read the jobs of the last day
  eval_gc_threshold = "24h"

  # Taken when the cluster is first bootstrapped; later by `nomad operator scheduler set-config`.
  default_scheduler_config {
    scheduler_algorithm = "binpack" # leaves whole nodes free for trainings that need one

    # A training with a higher priority may take the place of one with a lower: that one leaves a checkpoint and waits.
    preemption_config {
      batch_scheduler_enabled   = true
      service_scheduler_enabled = true
      system_scheduler_enabled  = true
    }
  }
}
