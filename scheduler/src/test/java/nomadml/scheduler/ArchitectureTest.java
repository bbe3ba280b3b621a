package nomadml.scheduler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;

@AnalyzeClasses(
    packages = "nomadml.scheduler",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule NOMAD = importer("com.hashicorp..", "nomad");
  @ArchTest static final ArchRule WEBSOCKETS = importer("org.java_websocket..", "nomad");
  @ArchTest static final ArchRule CONSUL = importer("com.ecwid..", "consul");
  @ArchTest static final ArchRule MLFLOW = importer("org.mlflow..", "mlflow");
  @ArchTest static final ArchRule PICOCLI = importer("picocli..", "cli");
  @ArchTest static final ArchRule MAIL = importer("jakarta.mail..", "notify");
  @ArchTest static final ArchRule CONTEXTS = importer("org.yaml..", "context");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("nomadml.scheduler.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule SUBMISSION_KNOWS_ONLY_PORTS =
      noClasses()
          .that()
          .resideInAPackage("nomadml.scheduler.submit..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "nomadml.scheduler.nomad..",
              "nomadml.scheduler.consul..",
              "nomadml.scheduler.mlflow..",
              "nomadml.scheduler.local..",
              "nomadml.scheduler.context..",
              "nomadml.scheduler.cli..");

  @ArchTest
  static final ArchRule ONLY_COMMANDS_PRINT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.scheduler.cli")
          .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule ONLY_COMMANDS_EXIT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.scheduler.cli")
          .should()
          .callMethod(System.class, "exit", int.class);

  /** One importer for each third-party client. */
  private static ArchRule importer(String client, String owner) {
    return noClasses()
        .that()
        .resideOutsideOfPackage("nomadml.scheduler." + owner + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(client);
  }
}
