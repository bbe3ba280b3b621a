module nomad-ml.local/tools/restic

go 1.25.8

require github.com/restic/restic v0.18.1
