package nomadml.system.servers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A real Postgres with a database of MLflow's name; it takes few connections. */
public final class Postgres implements AutoCloseable {
  private static final String USER = "mlflow";
  private static final String PASSWORD = "a-password-of-tests";
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  private final int port = FreePort.next();
  private final Folders folders;
  private final RunningProgram program;

  private Postgres(Folders folders) {
    this.folders = folders;
    program =
        RunningProgram.start(
            "postgres",
            folders.log("postgres"),
            folders.state("postgres"),
            Map.of("PROGRAMS", programs().toString(), "PORT", "" + port, "PGUSER", USER),
            List.of(
                "/bin/sh",
                "-c",
                """
                set -eu
                umask 077
                echo "$0" >password
                mkdir data
                as=
                if [ "$(id -u)" = 0 ]; then # Postgres refuses to be root
                  as='setpriv --reuid=postgres --regid=postgres --clear-groups'
                  chmod 711 .. . && chown postgres password data
                fi
                $as "$PROGRAMS/initdb" -D data -U "$PGUSER" -A scram-sha-256 --pwfile=password -E UTF8 --locale=C
                exec $as "$PROGRAMS/postgres" -D data -p "$PORT" -k '' \\
                  -c listen_addresses=127.0.0.1 -c max_connections=20
                """,
                PASSWORD));
  }

  /** Starts one beside a cluster and ends it with the cluster. */
  public static Postgres beside(Cluster cluster) {
    Postgres postgres = new Postgres(cluster.folders());
    cluster.before(postgres::close);
    postgres.program.awaitReady(() -> postgres.psql("postgres", "SELECT 1").awaitExit() == 0);
    postgres.run("postgres", "CREATE DATABASE mlflow");
    return postgres;
  }

  /** Runs SQL in the database of MLflow; it must succeed. */
  public void run(String sql) {
    run("mlflow", sql);
  }

  private void run(String database, String sql) {
    RunningProgram psql = psql(database, sql);
    if (psql.awaitExit() != 0) {
      throw new AssertionError(psql.output());
    }
  }

  /** Opens a connection that stays until it is closed. */
  public RunningProgram connection() {
    return psql("mlflow", "SELECT pg_sleep(600)");
  }

  private RunningProgram psql(String database, String sql) {
    return RunningProgram.start(
        "psql",
        folders.log("psql"),
        folders.state("psql"),
        Map.of("PGPASSWORD", PASSWORD),
        List.of(
            programs().resolve("psql").toString(),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            "" + port,
            "-U",
            USER,
            "-d",
            database,
            "-c",
            sql));
  }

  /** What the Nomad Variable of postgres_exporter's job holds for it. */
  public List<String> variable() {
    return List.of(
        "uri=127.0.0.1:" + port + "/mlflow?sslmode=disable",
        "user=" + USER,
        "password=" + PASSWORD);
  }

  /** The newest one of Debian's packages, else the folder of PATH that has it. */
  private static Path programs() {
    List<Path> folders = new ArrayList<>();
    if (Files.isDirectory(DEBIAN)) {
      try (Stream<Path> versions = Files.list(DEBIAN)) {
        versions
            .sorted(Comparator.reverseOrder())
            .map(version -> version.resolve("bin"))
            .forEach(folders::add);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    Stream.of(System.getenv("PATH").split(":")).map(Path::of).forEach(folders::add);
    return folders.stream()
        .filter(folder -> Files.isExecutable(folder.resolve("initdb")))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Postgres is not here\nhint: apt-get install postgresql-15"));
  }

  @Override
  public void close() {
    program.close();
  }
}
