// Command nomad-ml-test-gpu is a Nomad device plugin that advertises GPUs which are not there, so that
// placement can be tested on machines without one. It answers what the nvidia plugin answers.
package main

import (
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/plugins"
)

func main() {
	plugins.Serve(func(hclog.Logger) interface{} { return &gpuPlugin{} })
}
