# What the reconciler may do: read every job, and register again what a drain ended.
namespace "*" {
  capabilities = ["list-jobs", "read-job", "submit-job", "read-logs"]
}

node {
  policy = "read"
}
