package nomadml.serving;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;

@AnalyzeClasses(packages = "nomadml.serving", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule DJL = importer("ai.djl..", "inference");
  @ArchTest static final ArchRule VERTX = importer("io.vertx..", "http");
  @ArchTest static final ArchRule PROMETHEUS = importer("io.prometheus..", "metrics");
  @ArchTest static final ArchRule PICOCLI = importer("picocli..", "cli");
  @ArchTest static final ArchRule YAML = importer("org.yaml..", "model");

  @ArchTest
  static final ArchRule NETTY_IS_VERTX_OWN =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("nomadml.serving.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_COMMANDS_PRINT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.serving.cli")
          .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule ONLY_COMMANDS_EXIT =
      noClasses()
          .that()
          .resideOutsideOfPackage("nomadml.serving.cli")
          .should()
          .callMethod(System.class, "exit", int.class);

  /** One importer for each third-party library. */
  private static ArchRule importer(String client, String owner) {
    return noClasses()
        .that()
        .resideOutsideOfPackage("nomadml.serving." + owner + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(client);
  }
}
