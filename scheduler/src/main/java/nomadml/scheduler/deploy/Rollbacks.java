package nomadml.scheduler.deploy;

import java.util.List;
import java.util.Optional;
import nomadml.scheduler.deploy.Deployment.Kind;
import nomadml.scheduler.deploy.Deployment.State;
import org.jspecify.annotations.Nullable;

/** Finds in the log where a rollback leads. */
final class Rollbacks {
  private Rollbacks() {}

  /**
   * The deployment to go back to. Going back twice goes further back, not forth again.
   *
   * @param history the newest first
   * @param running the deployment whose version runs
   * @param version null for the one before
   */
  static Optional<Deployment> target(
      List<Deployment> history, String running, @Nullable String version) {
    Optional<Deployment> now = find(history, running);
    Optional<Deployment> origin =
        now.filter(one -> one.restores() != null)
            .map(one -> find(history, String.valueOf(one.restores())))
            .orElse(now);
    return history.stream()
        .filter(one -> one.state() == State.PROMOTED && one.kind() == Kind.DEPLOY)
        .filter(
            one ->
                version == null
                    ? origin.filter(from -> isBefore(one, from)).isPresent()
                    : one.wish().version().equals(version))
        .findFirst();
  }

  private static boolean isBefore(Deployment one, Deployment other) {
    return one.id().compareTo(other.id()) < 0 && !isSameModel(one.wish(), other.wish());
  }

  private static boolean isSameModel(Wish one, Wish other) {
    return one.version().equals(other.version()) && one.digest().equals(other.digest());
  }

  private static Optional<Deployment> find(List<Deployment> history, String id) {
    return history.stream().filter(one -> one.id().equals(id)).findFirst();
  }
}
