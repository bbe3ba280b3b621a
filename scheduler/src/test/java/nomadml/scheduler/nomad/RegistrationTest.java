package nomadml.scheduler.nomad;

import static nomadml.scheduler.nomad.FakeNomad.status;
import static nomadml.scheduler.nomad.Samples.TRAIN;
import static nomadml.scheduler.nomad.Samples.file;
import static nomadml.scheduler.nomad.Samples.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import nomadml.scheduler.SchedulerFailure;
import nomadml.scheduler.submit.Job;
import nomadml.scheduler.submit.JobRequest;
import nomadml.spec.ExitCode;
import nomadml.spec.Json;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistrationTest {
  private static final String REGISTER = "PUT /v1/jobs";
  private static final String INFO = "GET /v1/job/digits-0a1b2c3d";
  private static final String DONE = "{\"EvalID\": \"e\"}";
  private static final FakeNomad.Answer CONFLICT =
      status(500, "Enforcing job modify index 0: job already exists");

  private final JobRequest request = request(file(TRAIN));
  private FakeNomad nomad;

  @BeforeEach
  void start() throws IOException {
    nomad = new FakeNomad().on("GET /v1/nodes", "[]");
  }

  @AfterEach
  void stop() {
    nomad.close();
  }

  @Test
  void createsAJobThatIsNotThere() {
    nomad.on(REGISTER, DONE);
    assertThat(nomad.cluster().register(request)).isTrue();
  }

  @Test
  void sameSubmissionIsRegisteredOnce() {
    nomad.on(REGISTER, CONFLICT).on(INFO, job(request.submissionId(), "running"));
    assertThat(nomad.cluster().register(request)).isFalse();
  }

  @Test
  void refusesTheIdOfAnotherSubmission() {
    nomad.on(REGISTER, CONFLICT).on(INFO, job("another", "running"));
    SchedulerFailure failure = failure(() -> nomad.cluster().register(request));
    assertThat(failure).hasMessageEndingWith("has another job with the id digits-0a1b2c3d");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void refusesTheIdOfAJobThatIsNotOurs() {
    nomad
        .on(REGISTER, CONFLICT)
        .on(INFO, "{\"ID\": \"digits-0a1b2c3d\", \"Status\": \"running\", \"Meta\": null}");
    assertThat(failure(() -> nomad.cluster().register(request)).exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void connectionCutAfterTheJobArrivedMakesOneJob() {
    AtomicInteger asked = new AtomicInteger();
    nomad
        .on(
            REGISTER,
            exchange -> {
              if (asked.getAndIncrement() > 0) {
                CONFLICT.give(exchange);
              }
              // Else it is closed without an answer.
            })
        .on(INFO, job(request.submissionId(), "pending"));
    assertThat(nomad.cluster().register(request)).isTrue();
    assertThat(asked).hasValue(2);
  }

  @Test
  void givesUpOnAServerThatNeverAnswers() {
    AtomicInteger asked = new AtomicInteger();
    nomad.on(REGISTER, exchange -> asked.incrementAndGet());
    assertThat(failure(() -> nomad.cluster().register(request)).exitCode())
        .isEqualTo(ExitCode.SERVER_UNREACHABLE);
    assertThat(asked.get()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void deadJobIsGivenAgainAsItsNextVersion() {
    List<JsonNode> given = new ArrayList<>();
    nomad
        .on(INFO, job("s", "dead"))
        .on(
            REGISTER,
            exchange -> {
              given.add(Json.MAPPER.readTree(exchange.getRequestBody()));
              status(200, DONE).give(exchange);
            });
    nomad.cluster().resume(ours());
    assertThat(given).hasSize(1);
    assertThat(given.get(0).at("/Job/Meta/nomad_ml_resumed").asText()).isEqualTo("1");
    assertThat(given.get(0).at("/Job/Meta/nomad_ml_submission_id").asText()).isEqualTo("s");
    assertThat(given.get(0).at("/Job/UI/Description").asText()).isEqualTo("kept");
    assertThat(given.get(0).at("/EnforceIndex").asBoolean()).isTrue();
    assertThat(given.get(0).at("/JobModifyIndex").asInt()).isEqualTo(9);
  }

  @Test
  void resumingTwiceAtOnceIsResumingOnce() {
    nomad
        .on(INFO, job("s", "dead"))
        .on(REGISTER, status(500, "Enforcing job modify index 9: job exists with 11"));
    assertThatCode(() -> nomad.cluster().resume(ours())).doesNotThrowAnyException();
  }

  @Test
  void livingOrStoppedJobIsLeftAlone() {
    nomad.on(INFO, job("s", "running"));
    nomad.cluster().resume(ours());
    nomad.on(INFO, job("s", "dead\", \"Stop\": true, \"x\": \""));
    nomad.cluster().resume(ours());
    assertThat(nomad.requests()).noneMatch(request -> request.startsWith("PUT"));
  }

  @Test
  void jobThatIsGoneCantBeResumed() {
    SchedulerFailure failure = failure(() -> nomad.cluster().resume(ours()));
    assertThat(failure).hasMessageContaining("has no job digits-0a1b2c3d");
    assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  private static Job ours() {
    return new Job(
        "digits-0a1b2c3d",
        "default",
        "digits",
        "digits",
        "s",
        null,
        false,
        Job.Phase.DEAD,
        false,
        50,
        Instant.EPOCH,
        List.of());
  }

  private static String job(String submission, String status) {
    return """
        {"ID": "digits-0a1b2c3d", "Namespace": "default", "Status": "%s", "JobModifyIndex": 9, "UI": {"Description": "kept"},
         "Meta": {"nomad_ml_submission_id": "%s"}}
        """
        .formatted(status, submission);
  }

  private static SchedulerFailure failure(ThrowingCallable call) {
    return catchThrowableOfType(SchedulerFailure.class, call);
  }
}
