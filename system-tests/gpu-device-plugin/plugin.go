package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/nomad/plugins/base"
	"github.com/hashicorp/nomad/plugins/device"
	"github.com/hashicorp/nomad/plugins/shared/hclspec"
	"github.com/hashicorp/nomad/plugins/shared/structs"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	name   = "nomad-ml-test-gpu"
	vendor = "nvidia"
)

// gpu is one `gpu { … }` block: count devices of a model, each with so many MiB.
type gpu struct {
	Model  string `codec:"model"`
	Count  int    `codec:"count"`
	Memory int64  `codec:"memory"`
}

// gpuPlugin advertises the configured devices, all of them healthy, for as long as it runs.
type gpuPlugin struct {
	gpus []gpu
}

func (*gpuPlugin) PluginInfo() (*base.PluginInfoResponse, error) {
	return &base.PluginInfoResponse{
		Type:              base.PluginTypeDevice,
		PluginApiVersions: []string{device.ApiVersion010},
		PluginVersion:     "0.1.0",
		Name:              name,
	}, nil
}

func (*gpuPlugin) ConfigSchema() (*hclspec.Spec, error) {
	return hclspec.NewObject(map[string]*hclspec.Spec{
		"gpu": hclspec.NewBlockList("gpu", hclspec.NewObject(map[string]*hclspec.Spec{
			"model":  hclspec.NewAttr("model", "string", true),
			"count":  hclspec.NewDefault(hclspec.NewAttr("count", "number", false), hclspec.NewLiteral("1")),
			"memory": hclspec.NewAttr("memory", "number", true),
		})),
	}), nil
}

func (p *gpuPlugin) SetConfig(config *base.Config) error {
	var decoded struct {
		GPUs []gpu `codec:"gpu"`
	}
	if err := base.MsgPackDecode(config.PluginConfig, &decoded); err != nil {
		return err
	}
	p.gpus = decoded.GPUs
	return nil
}

// Fingerprint tells the devices once; they never change.
func (p *gpuPlugin) Fingerprint(ctx context.Context) (<-chan *device.FingerprintResponse, error) {
	answers := make(chan *device.FingerprintResponse, 1)
	answers <- device.NewFingerprint(p.groups()...)
	go func() {
		<-ctx.Done()
		close(answers)
	}()
	return answers, nil
}

// Reserve lets a task see its devices the way the nvidia plugin does.
func (p *gpuPlugin) Reserve(ids []string) (*device.ContainerReservation, error) {
	known := map[string]bool{}
	for _, group := range p.groups() {
		for _, one := range group.Devices {
			known[one.ID] = true
		}
	}
	for _, id := range ids {
		if !known[id] {
			return nil, status.Errorf(codes.InvalidArgument, "unknown device %q", id)
		}
	}
	return &device.ContainerReservation{
		Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(ids, ",")},
	}, nil
}

// Stats tells nothing: devices that are not there use no memory.
func (*gpuPlugin) Stats(ctx context.Context, _ time.Duration) (<-chan *device.StatsResponse, error) {
	answers := make(chan *device.StatsResponse)
	go func() {
		<-ctx.Done()
		close(answers)
	}()
	return answers, nil
}

func (p *gpuPlugin) groups() []*device.DeviceGroup {
	var groups []*device.DeviceGroup
	for kind, one := range p.gpus {
		group := &device.DeviceGroup{
			Vendor: vendor,
			Type:   device.DeviceTypeGPU,
			Name:   one.Model,
			Attributes: map[string]*structs.Attribute{
				"memory":         structs.NewIntAttribute(one.Memory, structs.UnitMiB),
				"driver_version": structs.NewStringAttribute("570.00"),
			},
		}
		for number := 0; number < one.Count; number++ {
			group.Devices = append(group.Devices, &device.Device{
				ID:         fmt.Sprintf("GPU-%d-%d", kind, number),
				Healthy:    true,
				HwLocality: &device.DeviceLocality{PciBusID: fmt.Sprintf("00000000:%02X:%02X.0", kind, number)},
			})
		}
		groups = append(groups, group)
	}
	return groups
}
