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

  /**
   * How many it killed since the group was made: compare two times. Empty when it can't be known:
   * Nomad's exec driver shows its tasks no control group of version 1.
   */
  public OptionalLong kills() {
    return group.map(Cgroup::outOfMemoryKills).orElse(OptionalLong.empty());
  }

  /** The group's limit in bytes, for messages; empty when there is none. */
  public OptionalLong limit() {
    return group.map(Cgroup::memoryLimit).orElse(OptionalLong.empty());
  }
}
