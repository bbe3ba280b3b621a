package nomadml.serving.http;

import io.vertx.core.buffer.Buffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A body as it comes, within the memory all of them may take. */
final class Body {
  private final State state;
  private final int most;
  private @Nullable Buffer content;
  private int reserved;
  private boolean refused;

  enum Added {
    TAKEN,
    TOO_LARGE,
    NO_ROOM
  }

  Body(State state, int most) {
    this.state = state;
    this.most = most;
  }

  Added add(Buffer chunk) {
    if (refused) {
      return Added.TAKEN; // It was answered; the rest is read to no end.
    }
    if ((long) reserved + chunk.length() > most) {
      return refuse(Added.TOO_LARGE);
    }
    if (!state.reserve(chunk.length())) {
      return refuse(Added.NO_ROOM);
    }
    reserved += chunk.length();
    content = content == null ? chunk : content.appendBuffer(chunk);
    return Added.TAKEN;
  }

  private Added refuse(Added why) {
    refused = true;
    free();
    return why;
  }

  byte[] bytes() {
    return content == null ? new byte[0] : Objects.requireNonNull(content).getBytes();
  }

  /** Gives its memory back; once. */
  void free() {
    state.free(reserved);
    reserved = 0;
    content = null;
  }
}
