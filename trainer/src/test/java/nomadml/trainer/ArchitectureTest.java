package nomadml.trainer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;

@AnalyzeClasses(packages = "nomadml.trainer", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule DJL = importer("ai.djl..", "training");
  @ArchTest static final ArchRule MLFLOW = importer("org.mlflow..", "mlflow");
  @ArchTest static final ArchRule PUSHGATEWAY = importer("io.prometheus..", "pushgateway");
  @ArchTest static final ArchRule CONSUL = importer("com.ecwid..", "consul");
  @ArchTest static final ArchRule S3 = importer("software.amazon..", "s3");
  @ArchTest static final ArchRule PICOCLI = importer("picocli..", "cli");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("nomadml.trainer.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_COMMANDS_PRINT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.trainer.cli")
          .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule ONLY_COMMANDS_EXIT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.trainer.cli")
          .should()
          .callMethod(System.class, "exit", int.class);

  /** One importer for each third-party client. */
  private static ArchRule importer(String client, String owner) {
    return noClasses()
        .that()
        .resideOutsideOfPackage("nomadml.trainer." + owner + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(client);
  }
}
