package nomadml.scheduler.cli;

import java.io.PrintStream;

/**
 * Where commands write: data to stdout, talk to stderr.
 *
 * @param terminal whether a person looks: progress bars, colours unless {@code NO_COLOR} is set
 * @param width columns
 */
record Console(PrintStream out, PrintStream err, boolean terminal, boolean colours, int width) {}
