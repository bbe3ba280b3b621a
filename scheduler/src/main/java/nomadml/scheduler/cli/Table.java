package nomadml.scheduler.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table of text that fits a width: the widest column gives way. */
final class Table {
  private static final String GAP = "  ";
  private static final int NARROWEST = 8;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  Table row(Object... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + rows.get(0).size() + " columns");
    }
    rows.add(Arrays.stream(cells).map(Table::cell).toList());
    return this;
  }

  String text(int width) {
    int[] widths = widths();
    while (Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1) > width) {
      int widest = widest(widths);
      if (widths[widest] <= NARROWEST) {
        break;
      }
      widths[widest]--;
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String cell = cut(row.get(column), widths[column]);
        line.append(cell).append(" ".repeat(widths[column] - cell.length())).append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private int[] widths() {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    return widths;
  }

  private static int widest(int[] widths) {
    int widest = 0;
    for (int column = 1; column < widths.length; column++) {
      widest = widths[column] > widths[widest] ? column : widest;
    }
    return widest;
  }

  private static String cell(Object value) {
    return value.toString().replaceAll("\\p{Cntrl}+", " ").strip();
  }

  private static String cut(String cell, int width) {
    return cell.length() <= width ? cell : cell.substring(0, width - 1) + "…";
  }
}
