package nomadml.trainer.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nomadml.spec.Environment;
import nomadml.spec.Names;
import nomadml.trainer.consul.ConsulFence;
import nomadml.trainer.consul.ConsulServices;
import nomadml.trainer.report.Gauges;
import nomadml.trainer.report.Report;
import nomadml.trainer.report.RunIdentity;
import nomadml.trainer.report.Services;
import nomadml.trainer.report.Snapshot;
import nomadml.trainer.report.Tracker;
import nomadml.trainer.storage.CheckpointStorage;
import nomadml.trainer.storage.FolderStorage;
import nomadml.trainer.supervisor.Fence;
import nomadml.trainer.supervisor.FolderFence;
import nomadml.trainer.supervisor.InputSource;
import nomadml.trainer.supervisor.LinkedInputs;
import nomadml.trainer.supervisor.Machine;
import nomadml.trainer.supervisor.Output;
import nomadml.trainer.supervisor.RunFolder;
import nomadml.trainer.supervisor.Surroundings;
import nomadml.trainer.supervisor.Task;

/** Chooses what a supervisor works with: a cluster's servers, or this machine alone. */
final class Wiring {
}
