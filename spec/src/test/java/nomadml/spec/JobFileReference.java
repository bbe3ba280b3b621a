package nomadml.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of {@code docs/job-file.md}, made from the records. */
final class JobFileReference {
  /** A table stands between its block's path and the next such comment. */
  private static final Pattern TABLE =
      Pattern.compile("(?s)<!-- fields of (\\S+) -->.*?<!-- end -->");

  private JobFileReference() {}

  /** The same page with every table as the records say. */
  static String update(String page) {
    return TABLE
        .matcher(page)
        .replaceAll(
            table ->
                Matcher.quoteReplacement(
                    "<!-- fields of "
                        + table.group(1)
                        + " -->\n"
                        + table(table.group(1))
                        + "<!-- end -->"));
  }

  /** Every block's path in the page's own order. */
  static List<String> tables(String page) {
    return TABLE.matcher(page).results().map(table -> table.group(1)).toList();
  }

  /** The paths of all blocks of the job file; the whole file is {@code job}. */
  static List<String> blocks() {
    return blocks("job", JobFile.class).toList();
  }

  private static Stream<String> blocks(String path, Class<?> record) {
    return Stream.concat(
        Stream.of(path),
        RecordField.of(record).stream()
            .filter(JobFileReference::isBlock)
            .flatMap(field -> blocks(inner(path, field), field.type())));
  }

  private static boolean isBlock(RecordField field) {
    return field.type().isRecord() && !ValueReader.readsRecord(field.type());
  }

  private static String inner(String path, RecordField field) {
    return path.equals("job") ? field.name() : path + "." + field.name();
  }

  private static String table(String path) {
    Class<?> record = JobFile.class;
    for (String name : path.equals("job") ? new String[0] : path.split("\\.")) {
      record =
          RecordField.of(record).stream()
              .filter(field -> field.name().equals(name))
              .map(RecordField::type)
              .findFirst()
              .orElseThrow(() -> new AssertionError("no block " + path));
    }
    List<String> lines =
        new ArrayList<>(List.of("| field | type | default | meaning |", "|---|---|---|---|"));
    RecordField.of(record).forEach(field -> lines.add(row(field, path)));
    return String.join("\n", lines) + "\n";
  }

  private static String row(RecordField field, String path) {
    return "| "
        + String.join(
            " | ", "`" + field.name() + "`", type(field, path), fallback(field), meaning(field))
        + " |";
  }

  private static String type(RecordField field, String path) {
    String alone = field.says().alone().isEmpty() ? "" : "`" + field.says().alone() + "` or ";
    String one =
        isBlock(field)
            ? alone + "[block](#" + inner(path, field).replace(".", "") + ")"
            : value(field);
    return switch (field.kind()) {
      case ONE -> one;
      case LIST -> "list of: " + one;
      case MAP -> "NAME: " + one;
    };
  }

  private static String value(RecordField field) {
    if (!field.words().isEmpty()) {
      return field.words().stream().map(word -> "`" + word + "`").collect(Collectors.joining(", "));
    }
    if (field.type() == com.fasterxml.jackson.databind.node.ObjectNode.class) {
      return "free block";
    }
    String wanted = ValueReader.wanted(field).replaceFirst("^an? ", "");
    return wanted + range(field);
  }

  private static String range(RecordField field) {
    Field says = field.says();
    Function<Double, String> amount =
        limit ->
            field.type() == ByteSize.class
                ? new ByteSize(limit.longValue()).toString()
                : String.format(Locale.ROOT, "%.0f", limit);
    return limit(" ≥ ", says.atLeast(), amount)
        + limit(" > ", says.above(), amount)
        + limit(" and ≤ ", says.atMost(), amount)
        + limit(" and < ", says.below(), amount);
  }

  private static String limit(String sign, double limit, Function<Double, String> amount) {
    return Double.isFinite(limit) ? sign + amount.apply(limit) : "";
  }

  private static String fallback(RecordField field) {
    Field says = field.says();
    if (field.required()) {
      return "**required**";
    }
    return Stream.of(says.fallback(), says.sameAs())
        .filter(text -> !text.isEmpty() && !text.equals("{}"))
        .map(text -> "`" + text + "`")
        .collect(Collectors.joining());
  }

  private static String meaning(RecordField field) {
    String only = field.says().onlyWith();
    return field.says().value()
        + (only.isEmpty()
            ? ""
            : " (only with `" + only.replace("=", ": ").replace("|", "`, `") + "`)");
  }
}
