package nomadml.serving.batch;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import nomadml.serving.batch.Outcome.Answered;
import nomadml.serving.batch.Outcome.Expired;
import nomadml.serving.batch.Outcome.Failed;
import nomadml.serving.input.Tensor;

/** Requests that are answered at once. */
record Batch(List<Work> parts) {
  /** As many rows as the trainer predicts at once: one request may have more. */
  private static final int SLICE = 512;

  /** Told of each part how it ended; it is up to the caller on which thread that is handled. */
  interface Ends {
    void end(Work work, Outcome outcome);
  }

  /** The first of a queue, and what fits to it, up to so many rows; they leave the queue. */
  static Batch take(Queue<Work> queue, int mostRows) {
    List<Work> parts = new ArrayList<>();
    Work first = queue.remove();
    parts.add(first);
    int rows = first.rows().rows();
    for (Iterator<Work> rest = queue.iterator(); rest.hasNext() && rows < mostRows; ) {
      Work next = rest.next();
      if (next.fits(first) && rows + next.rows().rows() <= mostRows) {
        rows += next.rows().rows();
        parts.add(next);
        rest.remove();
      }
    }
    return new Batch(parts);
  }

  int rows() {
    return parts.stream().mapToInt(part -> part.rows().rows()).sum();
  }

  /** Answers all of them. */
  void run(Ends ends) {
    List<Work> live = new ArrayList<>(parts.size());
    long now = System.nanoTime();
    for (Work part : parts) {
      if (part.hasEnded() || part.isExpired(now)) {
        ends.end(part, new Expired());
      } else {
        live.add(part);
      }
    }
    if (live.isEmpty()) {
      return;
    }
    // Clients may be gone, and another version in charge: their holds do not reach to here.
    if (!live.get(0).model().hold()) {
      live.forEach(part -> ends.end(part, new Expired()));
      return;
    }
    try {
      answer(live, ends);
    } catch (NetworkException e) {
      if (live.size() == 1) {
        ends.end(live.get(0), new Failed(e));
      } else {
        // One request's rows must not fail its neighbours'.
        live.forEach(part -> new Batch(List.of(part)).run(ends));
      }
    } finally {
      live.get(0).model().release();
    }
  }

  private static void answer(List<Work> live, Ends ends) throws NetworkException {
    Served model = live.get(0).model();
    long began = System.nanoTime();
    Tensor outputs = forward(model.network(), live.stream().map(Work::rows).toList());
    model.metrics().batch(outputs.rows(), (System.nanoTime() - began) / 1e9);
    int from = 0;
    for (Work part : live) {
      int count = part.rows().rows();
      ends.end(part, new Answered(live.size() == 1 ? outputs : outputs.slice(from, count)));
      from += count;
    }
  }

  private static Tensor forward(Network network, List<Tensor> parts) throws NetworkException {
    Tensor only = parts.get(0);
    if (parts.size() > 1 || only.rows() <= SLICE) {
      return network.forward(parts);
    }
    Queue<Tensor> answers = new ArrayDeque<>();
    for (int from = 0; from < only.rows(); from += SLICE) {
      Tensor slice = only.slice(from, Math.min(SLICE, only.rows() - from));
      answers.add(network.forward(List.of(slice)));
    }
    return joined(answers, only.rows());
  }

  private static Tensor joined(Queue<Tensor> answers, int rows) {
    Tensor first = answers.element();
    ByteBuffer data = ByteBuffer.allocate(rows * first.rowBytes()).order(first.data().order());
    answers.forEach(answer -> data.put(answer.data()));
    return new Tensor(first.type(), first.shape(), rows, data.flip());
  }
}
