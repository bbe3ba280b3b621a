package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Job;
import com.hashicorp.nomad.javasdk.ErrorResponseException;
import com.hashicorp.nomad.javasdk.NomadException;
import com.hashicorp.nomad.javasdk.QueryOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import nomadml.spec.Names;
import org.jspecify.annotations.Nullable;

/** Gives Nomad jobs so that asking twice is asking once. */
record Registration(Connection connection) {
  private static final BigInteger UNKNOWN_TO_NOMAD = BigInteger.ZERO;
  private static final int TRIES = 3;

  /** False when this submission's job is there already. */
  boolean create(Job job) {
    return connection.attempt("register the job " + job.getId(), () -> tryCreate(job));
  }

  private boolean tryCreate(Job job) throws IOException, NomadException {
    boolean mayBeOurs = false;
    for (int left = TRIES; ; left--) {
      try {
        write(job, UNKNOWN_TO_NOMAD);
        return true;
      } catch (ErrorResponseException e) {
        Job there = find(job.getNamespace(), job.getId());
        if (there == null || !isIndexConflict(e)) {
          throw e;
        }
        refuseAnother(job, there);
        return mayBeOurs;
      } catch (IOException e) {
        mayBeOurs = true; // The request may have arrived, only its answer was lost.
        if (left == 1) {
          throw e;
        }
      }
    }
  }

  private void refuseAnother(Job job, Job there) {
    String submission = job.getMeta().get(Names.META_SUBMISSION);
    Map<String, String> meta = there.getMeta();
    if (meta == null || submission == null || !submission.equals(meta.get(Names.META_SUBMISSION))) {
      throw new SchedulerFailure(
          ExitCode.USAGE,
          connection.name() + " has another job with the id " + job.getId(),
          "choose another --id, or submit without it");
    }
  }

  /**
   * Gives a dead job again, as its next version, so that Nomad places it anew. A job that lives is
   * left alone, because its next version would replace what runs; and so is one that was stopped.
   */
  void again(String namespace, String id) {
    connection.attempt(
        "resume the job " + id,
        () -> {
          Job job = find(namespace, id);
          if (job == null) {
            throw new SchedulerFailure(
                ExitCode.USAGE, connection.name() + " has no job " + id, "submit-job list");
          }
          if (!"dead".equals(job.getStatus()) || Boolean.TRUE.equals(job.getStop())) {
            return false;
          }
          Map<String, String> meta =
              new HashMap<>(job.getMeta() == null ? Map.of() : job.getMeta());
          int times = Integer.parseInt(meta.getOrDefault(Names.META_RESUMED, "0"));
          meta.put(Names.META_RESUMED, Integer.toString(times + 1));
          try {
            write(job.setMeta(meta), job.getJobModifyIndex());
          } catch (ErrorResponseException e) {
            if (!isIndexConflict(e)) {
              throw e;
            }
            // Somebody else resumed it between our two calls.
          }
          return true;
        });
  }

  private void write(Job job, BigInteger index) throws IOException, NomadException {
    connection
        .library()
        .getJobsApi()
        .register(job, index, connection.in(String.valueOf(job.getNamespace())));
  }

  private @Nullable Job find(String namespace, String id) throws IOException, NomadException {
    try {
      return connection
          .library()
          .getJobsApi()
          .info(id, new QueryOptions<Job>().setNamespace(namespace))
          .getValue();
    } catch (ErrorResponseException e) {
      if (e.getServerErrorCode() == 404) {
        return null;
      }
      throw e;
    }
  }

  static boolean isIndexConflict(ErrorResponseException e) {
    return String.valueOf(e.getServerErrorMessage()).contains("Enforcing job modify index");
  }
}
