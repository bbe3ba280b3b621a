package nomadml.trainer.resources;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** What the kernel says of processes it killed for want of memory. */
public final class OutOfMemoryEvidence {
  private final Optional<Cgroup> group;

  private OutOfMemoryEvidence(Optional<Cgroup> group) {
    this.group = group;
  }

  /** Of the group this process is in, and so its children. */
  public static OutOfMemoryEvidence ofThisTask() {
    return new OutOfMemoryEvidence(Cgroup.of(Path.of("/proc/self")));
  }

  static OutOfMemoryEvidence of(Path process) {
    return new OutOfMemoryEvidence(Cgroup.of(process));
  }

  /** How many it killed since the group was made; 0 when it can't be known. Compare two times. */
  public long kills() {
    return group.map(Cgroup::outOfMemoryKills).orElse(OptionalLong.empty()).orElse(0);
  }

  /** The group's limit in bytes, for messages; empty when there is none. */
  public OptionalLong limit() {
    return group.map(Cgroup::memoryLimit).orElse(OptionalLong.empty());
  }
}
