package nomadml.trainer.consul;

import com.ecwid.consul.v1.session.model.NewSession;
import com.ecwid.consul.v1.session.model.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A key locked by a session that must be renewed. */
final class SessionLock {
  private static final Duration TTL = Duration.ofSeconds(15);
  private static final long LOCK_DELAY_SECONDS = 2;

  private final Agent agent;
  private final String key;
  private final Path sessionFile;
  private final String name;
  private @Nullable String session;
  private boolean acquired;
  private long renewed = System.nanoTime();

  SessionLock(Agent agent, String key, Path sessionFile, String name) {
    this.agent = agent;
    this.key = key;
    this.sessionFile = sessionFile;
    this.name = name;
  }

  /** Renews the session, or makes one and tries to lock; whether the lock is held now. */
  boolean hold(String holder) throws IOException {
    if (session != null && !agent.renew(session)) {
      session = null;
      acquired = false;
      return false;
    }
    if (session == null) {
      endSessionOfDeadSupervisor();
      NewSession wanted = new NewSession();
      wanted.setName(name);
      wanted.setTtl(TTL.toSeconds() + "s");
      wanted.setLockDelay(LOCK_DELAY_SECONDS);
      wanted.setBehavior(Session.Behavior.RELEASE);
      session = agent.createSession(wanted);
      Files.writeString(sessionFile, session);
    }
    renewed = System.nanoTime();
    acquired = acquired || agent.acquire(key, holder, session);
    return acquired;
  }

  /** Whether the session may have ended for want of renewal. */
  boolean mayBeOver() {
    if (System.nanoTime() - renewed < TTL.toNanos()) {
      return false;
    }
    acquired = false;
    return true;
  }

  /** Unlocks, so that the next attempt need not wait. */
  void leave() throws IOException {
    if (session != null) {
      agent.release(key, "", session);
      agent.destroy(session);
      session = null;
    }
    acquired = false;
    Files.deleteIfExists(sessionFile);
  }

  /** This node's supervisor is alone with the run folder: whoever left the file is dead. */
  private void endSessionOfDeadSupervisor() throws IOException {
    if (Files.exists(sessionFile)) {
      String left = Files.readString(sessionFile).strip();
      Files.delete(sessionFile);
      if (left.matches("[0-9a-fA-F-]{36}")) {
        agent.release(key, "", left);
        agent.destroy(left);
      }
    }
  }
}
