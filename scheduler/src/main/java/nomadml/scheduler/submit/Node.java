package nomadml.scheduler.submit;

import java.util.List;

/**
 * A node and what is free on it.
 *
 * @param status {@code ready}, {@code down}, {@code draining}, {@code ineligible} …
 * @param trainers versions laid on it
 */
public record Node(
    String id,
    String name,
    String status,
    String pool,
    String datacenter,
    long cpuTotal,
    long cpuFree,
    long memoryTotalMebibytes,
    long memoryFreeMebibytes,
    List<Gpu> gpus,
    List<String> drivers,
    List<String> trainers) {

  /** GPUs of one model. */
  public record Gpu(String model, long memoryMebibytes, int total, int free) {}
}
