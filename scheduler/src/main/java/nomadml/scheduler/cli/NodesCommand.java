package nomadml.scheduler.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import nomadml.scheduler.submit.Node;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job nodes}: what is free. */
@Command(name = "nodes", description = "Lists the nodes, and what is free of what each has.")
final class NodesCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Override
  public Integer call() {
    Console console = connection.console();
    List<Node> nodes = connection.platform().cluster().nodes();
    output.print(console, nodes, () -> table(nodes).text(console.width()));
    if (nodes.isEmpty()) {
      console.err().println("no nodes on " + connection.platform().cluster().name());
    }
    return ExitCode.DONE.number();
  }

  private static Table table(List<Node> nodes) {
    Table table =
        new Table(
            "NODE", "STATUS", "POOL", "FREE MHZ", "FREE MIB", "FREE GPUS", "DRIVERS", "TRAINER");
    for (Node node : nodes) {
      table.row(
          node.name(),
          node.status(),
          node.pool(),
          node.cpuFree() + "/" + node.cpuTotal(),
          node.memoryFreeMebibytes() + "/" + node.memoryTotalMebibytes(),
          node.gpus().stream().map(NodesCommand::gpu).collect(Collectors.joining(", ")),
          String.join(",", node.drivers()),
          String.join(",", node.trainers()));
    }
    return table;
  }

  private static String gpu(Node.Gpu gpu) {
    return gpu.free() + "/" + gpu.total() + " " + gpu.model().replaceFirst("(?i)^nvidia ", "");
  }
}
