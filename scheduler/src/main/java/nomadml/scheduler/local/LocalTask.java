package nomadml.scheduler.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import nomadml.scheduler.submit.JobRequest;
import nomadml.spec.Environment;
import nomadml.spec.Json;

/** What a request becomes on this machine: a command and what is added to its environment. */
record LocalTask(List<String> command, Map<String, String> environment) {
  static LocalTask of(JobRequest request, LocalRun run, Trainer trainer, String machine) {
    Map<String, String> environment = new TreeMap<>(request.job().env());
    environment.put(Environment.JOB_FILE, run.jobFile().toString());
    environment.put(Environment.SUBMISSION_ID, request.submissionId());
    environment.put(Environment.RUN_ID, Objects.requireNonNullElse(request.runId(), ""));
    environment.put(Environment.RUN_FOLDER, run.folder().toString());
    environment.put(Environment.INPUTS, json(request.inputs()));
    environment.putAll(request.origin().environment());
    environment.put(Environment.MODE, "local");
    environment.put("NOMAD_JOB_ID", request.jobId());
    environment.put("NOMAD_ML_NODE", machine);
    return new LocalTask(List.of(trainer.program().toString(), "supervise"), environment);
  }

  static String json(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
