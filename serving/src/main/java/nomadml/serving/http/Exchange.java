package nomadml.serving.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import nomadml.serving.metrics.ModelMetrics.Cause;
import nomadml.serving.metrics.ModelMetrics.Protocol;
import org.jspecify.annotations.Nullable;

/** A request and its one answer: headers, metrics and the access log are the same for all. */
final class Exchange {
  private static final CharSequence MODEL_NAME = HttpHeaders.createOptimized("X-Model-Name");
  private static final CharSequence MODEL_VERSION = HttpHeaders.createOptimized("X-Model-Version");
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("Retry-After");
  private static final CharSequence CLOSE = HttpHeaders.createOptimized("close");
  private static final int LONGEST_ID = 128;

  /** What nginx logs of a client that did not wait. */
  private static final int CLIENT_GONE = 499;

  static final String JSON = "application/json";

  private final HttpServerRequest request;
  private final Shared shared;
  private final @Nullable ActiveModel model;
  private final @Nullable Protocol protocol;
  private final String requestId;
  private final long began = System.nanoTime();
  private final boolean counted;
  private int rows;
  private boolean answered;

  /** What every exchange of the server has. */
  record Shared(State state, @Nullable AccessLog log, RequestIds ids) {}

  /**
   * A request that has arrived.
   *
   * @param model whose answer it is to be, held until then
   * @param protocol null for what is not a prediction: it is in no metric
   * @param counted false while the server rehearses
   */
  Exchange(
      HttpServerRequest request,
      Shared shared,
      @Nullable ActiveModel model,
      @Nullable Protocol protocol,
      boolean counted) {
    this.request = request;
    this.shared = shared;
    this.model = model;
    this.protocol = protocol;
    this.counted = counted;
    String given = request.getHeader(REQUEST_ID);
    this.requestId = given != null && isId(given) ? given : shared.ids().next();
    if (protocol != null) {
      shared.state().begin();
    }
  }

  long began() {
    return began;
  }

  @Nullable ActiveModel model() {
    return model;
  }

  boolean isAnswered() {
    return answered;
  }

  void rows(int count) {
    rows = count;
  }

  /** An answer. */
  void answer(int status, CharSequence type, byte[] body) {
    if (end(status, body.length)) {
      response(status, type).end(Buffer.buffer(body));
    }
  }

  /** An answer in two parts: JSON, and bytes behind it. */
  void answer(byte[] json, Buffer binary) {
    if (end(200, json.length + binary.length())) {
      response(200, "application/octet-stream")
          .putHeader("Inference-Header-Content-Length", Integer.toString(json.length))
          .end(Buffer.buffer(json).appendBuffer(binary));
    }
  }

  /** No answer, and why not, in the protocol's form. */
  void refuse(int status, @Nullable Cause cause, String message) {
    if (cause != null && model != null) {
      model.metrics().error(cause);
    }
    boolean plain = cause == Cause.UNSUPPORTED_MEDIA_TYPE && protocol == Protocol.INVOCATIONS;
    byte[] body = Refusals.body(isV2(), plain, status, message);
    if (end(status, body.length)) {
      HttpServerResponse response = response(status, plain ? "text/plain" : JSON);
      if (status == 429 || status == 503) {
        response.putHeader(RETRY_AFTER, "1");
      }
      response.end(Buffer.buffer(body));
    }
  }

  private boolean isV2() {
    String path = request.path();
    return path != null && path.startsWith("/v2");
  }

  /** The client has gone before its answer. */
  void gone() {
    end(CLIENT_GONE, 0);
  }

  private HttpServerResponse response(int status, CharSequence type) {
    HttpServerResponse response = request.response();
    response.setStatusCode(status);
    response.putHeader(HttpHeaders.CONTENT_TYPE, type).putHeader(REQUEST_ID, requestId);
    if (model != null) {
      response.putHeader(MODEL_NAME, model.identity().name());
      response.putHeader(MODEL_VERSION, model.identity().version());
    }
    if (shared.state().isDraining()) {
      response.putHeader(HttpHeaders.CONNECTION, CLOSE);
    }
    return response;
  }

  /** Counts and logs; false when it is over already. */
  private boolean end(int status, long bytes) {
    if (answered) {
      return false;
    }
    answered = true;
    int told = request.response().closed() ? CLIENT_GONE : status;
    double seconds = (System.nanoTime() - began) / 1e9;
    if (protocol != null) {
      shared.state().end();
      if (counted) {
        count(protocol, told, bytes, seconds);
      }
    }
    if (model != null && protocol != null) {
      model.served().release();
    }
    return told != CLIENT_GONE;
  }

  private void count(Protocol of, int status, long bytes, double seconds) {
    if (model != null) {
      model.metrics().request(of, status, seconds);
    }
    AccessLog log = shared.log();
    if (log != null) {
      log.add(
          new AccessLog.Line(
              request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress(),
              request.method().name(),
              request.path(),
              status,
              rows,
              bytes,
              seconds,
              requestId,
              model == null ? "" : model.identity().name(),
              model == null ? "" : model.identity().version()));
    }
  }

  private static boolean isId(String text) {
    if (text.isEmpty() || text.length() > LONGEST_ID) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }
}
