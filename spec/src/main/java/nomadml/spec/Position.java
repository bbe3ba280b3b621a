package nomadml.spec;

/**
 * A place in a job file, or an override on the command line.
 *
 * @param source the file's name, or {@code --set path=value}
 * @param line from 1; 0 when the whole source is meant
 * @param column from 1
 */
public record Position(String source, int line, int column) {
  static Position of(String source) {
    return new Position(source, 0, 0);
  }

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
