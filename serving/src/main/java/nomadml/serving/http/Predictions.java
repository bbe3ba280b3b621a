package nomadml.serving.http;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import nomadml.serving.batch.Admission;
import nomadml.serving.batch.Lane;
import nomadml.serving.batch.Outcome;
import nomadml.serving.batch.Work;
import nomadml.serving.input.AnswerWriter;
import nomadml.serving.input.CsvBody;
import nomadml.serving.input.Features;
import nomadml.serving.input.ImageBody;
import nomadml.serving.input.InferenceReader;
import nomadml.serving.input.InferenceReader.Inference;
import nomadml.serving.input.InvocationsReader;
import nomadml.serving.input.RefusedRequestException;
import nomadml.serving.input.RefusedRequestException.Reason;
import nomadml.serving.input.Request;
import nomadml.serving.input.Tensor;
import nomadml.serving.metrics.ModelMetrics.Cause;
import nomadml.serving.metrics.ModelMetrics.Protocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a request's body to its prediction. One for each event loop. */
final class Predictions {
  private static final Logger LOG = LoggerFactory.getLogger(Predictions.class);

  /** Larger bodies are read by another thread, for the loop has other requests. */
  private static final int QUICKLY_READ = 256 << 10;

  private final Context context;
  private final Exchange.Shared shared;
  private final Settings settings;
  private final Admission admission;
  private final Lane lane;

  Predictions(
      Context context, Exchange.Shared shared, Settings settings, Admission admission, Lane lane) {
    this.context = context;
    this.shared = shared;
    this.settings = settings;
    this.admission = admission;
    this.lane = lane;
  }

  /** Takes a request on. */
  void begin(HttpServerRequest request, Protocol protocol) {
    ActiveModel model = shared.state().hold();
    Exchange exchange =
        new Exchange(request, shared, model, protocol, !shared.state().isRehearsal());
    if (model == null) {
      exchange.refuse(503, null, "the model is not loaded yet");
      return;
    }
    if (request.headers().contains(HttpHeaders.CONTENT_ENCODING)) {
      exchange.refuse(
          415, Cause.UNSUPPORTED_MEDIA_TYPE, "bodies are taken without Content-Encoding");
      return;
    }
    Body body = new Body(shared.state(), settings.mostBytes());
    request.exceptionHandler(
        failure -> {
          body.free();
          exchange.gone();
        });
    request.handler(
        chunk -> {
          if (!exchange.isAnswered()) {
            add(chunk, body, exchange);
          }
        });
    request.endHandler(
        end -> {
          if (!exchange.isAnswered()) {
            read(request, protocol, model, exchange, body);
          }
        });
  }

  private void add(Buffer chunk, Body body, Exchange exchange) {
    switch (body.add(chunk)) {
      case TAKEN -> {}
      case TOO_LARGE ->
          exchange.refuse(
              413,
              Cause.TOO_LARGE,
              "the body has more than %d bytes: send fewer rows at once"
                  .formatted(settings.mostBytes()));
      case NO_ROOM -> exchange.refuse(429, Cause.QUEUE_FULL, "too many large bodies are under way");
    }
  }

  /** Rows, and how the answer to them is written. */
  private record Parsed(Tensor rows, boolean frame, @Nullable Inference inference) {}

  private void read(
      HttpServerRequest request,
      Protocol protocol,
      ActiveModel model,
      Exchange exchange,
      Body body) {
    String type = String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE));
    String header = request.getHeader("Inference-Header-Content-Length");
    Features features = model.folder().features();
    byte[] bytes = body.bytes();
    Callable<Parsed> reading =
        protocol == Protocol.V2
            ? () -> inference(bytes, header, features)
            : () -> invocation(bytes, type, features, model.folder().frames());
    if (bytes.length <= QUICKLY_READ && !isImage(type)) {
      try {
        predict(reading.call(), exchange, request, model, body);
      } catch (Exception e) { // Callable's; what it is decides refused().
        refused(e, exchange, body);
      }
      return;
    }
    context
        .executeBlocking(reading, false)
        .onComplete(
            parsed -> predict(parsed, exchange, request, model, body),
            failure -> refused(failure, exchange, body));
  }

  private static Parsed inference(byte[] bytes, @Nullable String header, Features features)
      throws RefusedRequestException {
    int json = bytes.length;
    if (header != null) {
      if (!header.matches("\\d{1,9}")) {
        throw RefusedRequestException.bad("Inference-Header-Content-Length is no count of bytes");
      }
      json = Integer.parseInt(header);
    }
    Inference inference = InferenceReader.read(bytes, json, features);
    return new Parsed(inference.rows(), false, inference);
  }

  private static Parsed invocation(
      byte[] bytes, String contentType, Features features, boolean frames)
      throws RefusedRequestException {
    String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (!parameter.isEmpty() && !parameter.matches("charset=\"?utf-8\"?")) {
        throw new RefusedRequestException(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            "the only parameter taken of Content-Type is charset=utf-8");
      }
    }
    String type = parts[0].strip();
    Request request;
    if (type.equals(Exchange.JSON)) {
      request = InvocationsReader.read(bytes, features);
    } else if (type.equals("text/csv")) {
      request = CsvBody.read(bytes, features);
    } else if (isImage(type)) {
      request = ImageBody.read(bytes, features);
    } else {
      throw new RefusedRequestException(
          Reason.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type must be application/json, text/csv or an image's, such as image/png");
    }
    return new Parsed(request.rows(), request.frame() && frames, null);
  }

  private static boolean isImage(String type) {
    return type.startsWith("image/");
  }

  private void predict(
      Parsed parsed, Exchange exchange, HttpServerRequest request, ActiveModel model, Body body) {
    body.free();
    Tensor rows = parsed.rows();
    exchange.rows(rows.rows());
    if (rows.rows() == 0) {
      exchange.refuse(400, Cause.BAD_REQUEST, "the request has no rows");
      return;
    }
    if (!admission.enter(rows.rows())) {
      exchange.refuse(
          429,
          Cause.QUEUE_FULL,
          "%d rows wait already, at most %d may".formatted(admission.rows(), admission.limit()));
      return;
    }
    lane.submit(
        new Work(
            model.served(),
            rows,
            exchange.began() + deadline(request),
            outcome -> {
              admission.leave(rows.rows());
              end(outcome, parsed, exchange, model);
            }));
  }

  private void end(Outcome outcome, Parsed parsed, Exchange exchange, ActiveModel model) {
    if (outcome instanceof Outcome.Answered answered) {
      model.metrics().answered(answered.outputs());
      answer(answered.outputs(), parsed, exchange, model);
    } else if (outcome instanceof Outcome.Expired) {
      exchange.refuse(504, Cause.DEADLINE, "the request waited past its deadline");
    } else if (outcome instanceof Outcome.Failed failed) {
      LOG.warn("a prediction failed: {}", failed.reason().getMessage());
      // Rows of any shape may be asked of a network that names none: it is not the server's fault.
      boolean free = model.folder().features() instanceof Features.Numbers n && n.shape() == null;
      exchange.refuse(
          free ? 400 : 500,
          free ? Cause.BAD_REQUEST : Cause.INTERNAL,
          String.valueOf(failed.reason().getMessage()));
    }
  }

  private static void answer(Tensor outputs, Parsed parsed, Exchange exchange, ActiveModel model) {
    Inference asked = parsed.inference();
    if (asked == null) {
      exchange.answer(200, Exchange.JSON, AnswerWriter.predictions(outputs, parsed.frame()));
      return;
    }
    byte[] json =
        AnswerWriter.inference(
            model.identity().name(),
            model.identity().version(),
            asked.id(),
            outputs,
            asked.binary());
    if (!asked.binary()) {
      exchange.answer(200, Exchange.JSON, json);
      return;
    }
    ByteBuffer data = outputs.data().duplicate();
    byte[] bytes = new byte[outputs.rows() * outputs.rowBytes()];
    data.position(0).get(bytes);
    exchange.answer(json, Buffer.buffer(bytes));
  }

  private void refused(Throwable failure, Exchange exchange, Body body) {
    body.free();
    if (failure instanceof RefusedRequestException refused) {
      exchange.refuse(
          refused.reason().status(),
          Cause.valueOf(refused.reason().name()),
          String.valueOf(refused.getMessage()));
    } else {
      LOG.error("a request could not be read", failure);
      exchange.refuse(
          500, Cause.INTERNAL, "the request could not be read; the server's log says why");
    }
  }

  private long deadline(HttpServerRequest request) {
    String given = request.getHeader("X-Request-Timeout-Ms");
    long most = settings.deadline().toNanos();
    return given != null && given.matches("\\d{1,9}")
        ? Math.min(most, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(given)))
        : most;
  }
}
