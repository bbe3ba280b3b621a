package nomadml.spec;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "nomadml.spec", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule usesOnlyTheJdkJacksonSnakeyamlAndJspecify =
      classes()
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "nomadml.spec..",
                  "java..",
                  "javax.net.ssl..",
                  "com.fasterxml.jackson..",
                  "org.yaml.snakeyaml..",
                  "org.jspecify.."));

  @ArchTest
  static final ArchRule onlyTheParserKnowsSnakeyaml =
      noClasses()
          .that()
          .doNotHaveSimpleName("YamlParser")
          .should()
          .dependOnClassesThat(resideInAPackage("org.yaml.snakeyaml.."));
}
