package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Constraint;
import com.hashicorp.nomad.apimodel.RequestedDevice;
import java.math.BigInteger;
import nomadml.spec.JobFile;

/** A GPU as a Nomad device request. */
final class GpuRequest {
  static final String NAME = "nvidia/gpu";

  private GpuRequest() {}

  static RequestedDevice of(JobFile.Gpu gpu) {
    RequestedDevice device =
        new RequestedDevice().setName(NAME).setCount(BigInteger.valueOf(gpu.count()));
    String model = gpu.model();
    if (model != null) {
      device.addConstraints(constraint("${device.model}", "regexp", "(?i)" + literally(model)));
    }
    String memory = gpu.memory();
    if (memory != null) {
      MemoryBound bound = MemoryBound.parse(memory);
      device.addConstraints(constraint("${device.attr.memory}", bound.operator(), bound.value()));
    }
    return device;
  }

  /** For messages: {@code 2 nvidia/gpu, model H200, memory >=40GiB}. */
  static String describe(JobFile.Gpu gpu) {
    return (gpu.count() == 1 ? "" : gpu.count() + " ")
        + NAME
        + (gpu.model() == null ? "" : ", model " + gpu.model())
        + (gpu.memory() == null ? "" : ", memory " + gpu.memory());
  }

  private static String literally(String text) {
    return text.replaceAll("[^A-Za-z0-9 _-]", "\\\\$0");
  }

  private static Constraint constraint(String left, String operator, String right) {
    return new Constraint().setLTarget(left).setOperand(operator).setRTarget(right);
  }
}
