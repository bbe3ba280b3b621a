package nomadml.scheduler.cli;

import java.util.List;
import java.util.concurrent.Callable;
import nomadml.scheduler.submit.ServiceDirectory;
import nomadml.scheduler.submit.ServiceDirectory.Service;
import nomadml.spec.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code submit-job services}: what Consul says. */
@Command(name = "services", description = "Lists the services Consul knows, and their health.")
final class ServicesCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;
  @Mixin private Output output;

  @Override
  public Integer call() {
    Console console = connection.console();
    List<Service> services =
        connection.platform().services().map(ServiceDirectory::services).orElse(List.of());
    output.print(
        console, services, () -> services.isEmpty() ? "" : table(services).text(console.width()));
    if (services.isEmpty()) {
      console.err().println("no Consul is known here, or it knows no service");
      console.err().println("  hint: name it by --consul or CONSUL_HTTP_ADDR");
    }
    return ExitCode.DONE.number();
  }

  private static Table table(List<Service> services) {
    Table table = new Table("SERVICE", "STATUS", "ADDRESS", "NODE", "CHECK");
    for (Service service : services) {
      boolean isPassing = service.status().equals("passing");
      table.row(
          service.name(),
          service.status(),
          service.address(),
          service.node(),
          isPassing ? "" : service.output());
    }
    return table;
  }
}
