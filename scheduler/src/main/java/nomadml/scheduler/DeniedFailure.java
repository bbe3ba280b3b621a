package nomadml.scheduler;

import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** A server that knows who asks, or was told so wrongly: to go on without it would hide that. */
public final class DeniedFailure extends SchedulerFailure {
  public DeniedFailure(String message, String hint, @Nullable Throwable cause) {
    super(ExitCode.SERVER_UNREACHABLE, message, hint, cause);
  }
}
