module nomad-ml.local/tools/consul

go 1.25.8

require github.com/hashicorp/consul v1.22.5
exclude (
	github.com/hashicorp/go-msgpack v1.1.5 // has breaking changes and must be avoided
	github.com/hashicorp/go-msgpack v1.1.6 // contains retractions but same as v1.1.5
)
