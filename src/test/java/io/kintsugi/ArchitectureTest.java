package io.kintsugi;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Pure;
import io.vertx.core.Deployable;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The borders of the house (F1, F13), as far as the compiler does not already guard them.
class ArchitectureTest {
  private static final String BASE = "io.kintsugi";
  private static final List<String> FEATURES =
      List.of(
          "object", "catalog", "origin", "cache", "collect", "journal", "scan", "heal", "policy",
          "metrics", "member", "tree", "rest", "s3");
  private static final String[] FEATURE_PACKAGES =
      FEATURES.stream().map(feature -> BASE + "." + feature + "..").toArray(String[]::new);
  private static final int LINES_MAX = 400;

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);

  @Test
  void featuresMeetOnlyOnTheBus() {
    slices()
        .matching(BASE + ".(" + String.join("|", FEATURES) + ")..")
        .should()
        .notDependOnEachOther()
        .check(CODE);
  }

  @Test
  void aFeatureShowsOnlyItsVerticle() {
    classes()
        .that()
        .resideInAnyPackage(FEATURE_PACKAGES)
        .and()
        .areTopLevelClasses()
        .and()
        .haveModifier(JavaModifier.PUBLIC)
        .should()
        .haveSimpleNameEndingWith("Verticle")
        .check(CODE);
  }

  @Test
  void contractsKnowOnlyTheKernel() {
    classes()
        .that()
        .resideInAPackage(BASE + ".contract..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.jspecify..", BASE + ".contract..", BASE + ".kernel..")
        .check(CODE);
  }

  @Test
  void formatErasureAndMirrorKnowOnlyTheJdkAndThemselves() {
    for (var library : List.of("format", "erasure", "mirror")) {
      classes()
          .that()
          .resideInAPackage(BASE + "." + library + "..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax.crypto..",
              "jdk.incubator.vector..",
              "jdk.internal.vm.vector..",
              "org.jspecify..",
              "org.slf4j..",
              BASE + "." + library + "..")
          .check(CODE);
    }
  }

  @Test
  void librariesKnowNoFeature() {
    noClasses()
        .that()
        .resideInAnyPackage(
            BASE + ".kernel..",
            BASE + ".driver..",
            BASE + ".route..",
            BASE + ".session..",
            BASE + ".sql..",
            BASE + ".web..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(FEATURE_PACKAGES)
        .check(CODE);
  }

  @Test
  void driversAreKnownToOriginAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BASE + ".origin..", BASE + ".driver..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(BASE + ".driver..")
        .check(CODE);
  }

  @Test
  void onlyTheCatalogKnowsTheDatabase() {
    noClasses()
        .that()
        .resideInAnyPackage(FEATURE_PACKAGES)
        .and()
        .resideOutsideOfPackage(BASE + ".catalog..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql..", BASE + ".sql..")
        .check(CODE);
  }

  @Test
  void onlyEdgesAndDriversKnowHttp() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            BASE + ".rest..", BASE + ".s3..", BASE + ".web..", BASE + ".driver..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.vertx.ext.web..", "io.vertx.core.http..")
                // What the database client throws when all of its connections are taken.
                .and(not(type(ConnectionPoolTooBusyException.class))))
        .check(CODE);
  }

  @Test
  void theCommandLineKnowsOnlyContracts() {
    noClasses()
        .that()
        .resideInAPackage(BASE + ".cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx..")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage(FEATURE_PACKAGES)
        .check(CODE);
  }

  @Test
  void pureMeansPure() {
    noClasses()
        .that(describe("are @Pure", ArchitectureTest::isPure))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx..", "java.io..", "java.nio.file..", "java.sql..", "java.util.concurrent..")
        .check(CODE);
  }

  private static boolean isPure(JavaClass type) {
    return type.getEnclosingClass()
        .map(ArchitectureTest::isPure)
        .orElseGet(() -> type.isAnnotatedWith(Pure.class));
  }

  @Test
  void onlyTheKernelKnowsTheTime() {
    noClasses()
        .that()
        .resideInAnyPackage(FEATURE_PACKAGES)
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .check(CODE);
  }

  @Test
  void verticlesJsonNamesEveryRootVerticleAndNothingElse() {
    var listed =
        Placement.read(Path.of("verticles.json")).entries().stream()
            .map(entry -> entry.type().getName())
            .collect(Collectors.toSet());
    var roots =
        CODE.stream()
            .filter(type -> type.isAssignableTo(Deployable.class))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getName)
            .collect(Collectors.toSet());
    assertThat(listed).isEqualTo(roots);
  }

  @Test
  void everyRootVerticleHasATestOfItsOwn() {
    for (var entry : Placement.read(Path.of("verticles.json")).entries()) {
      var path = "src/test/java/" + entry.type().getName().replace('.', '/');
      assertThat(List.of(Path.of(path + "Test.java"), Path.of(path + "IT.java")))
          .as("a test that deploys %s alone", entry.type().getSimpleName())
          .anyMatch(Files::exists);
    }
  }

  @Test
  void everyCallHasExactlyOneAnswerer() throws IOException {
    for (var call : callNames()) {
      assertThat(answerers(call)).as("features that answer %s", call).hasSize(1);
    }
  }

  /// `Contract.CONSTANT` of every call in the contracts.
  private static Set<String> callNames() {
    var names = new HashSet<String>();
    for (var type : CODE) {
      if (type.getPackageName().equals(BASE + ".contract")) {
        type.getFields().stream()
            .filter(field -> field.getRawType().isEquivalentTo(Call.class))
            .forEach(field -> names.add(type.getSimpleName() + "." + field.getName()));
      }
    }
    return names;
  }

  /// Features whose sources hand that call to `answer(`.
  private static Set<String> answerers(String call) throws IOException {
    var contract = call.substring(0, call.indexOf('.'));
    var constant = call.substring(call.indexOf('.') + 1);
    var found = new HashSet<String>();
    for (var feature : FEATURES) {
      for (var text : sources(Path.of("src/main/java/io/kintsugi", feature))) {
        var flat = text.replaceAll("\\s+", "");
        boolean imported = text.contains("import static io.kintsugi.contract." + contract + ".");
        if (flat.matches("(?s).*answer\\((world,)?" + contract + "\\." + constant + "[,.].*")
            || (imported && flat.matches("(?s).*answer\\(" + constant + "[,.].*"))) {
          found.add(feature);
        }
      }
    }
    return found;
  }

  private static List<String> sources(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      var texts = new java.util.ArrayList<String>();
      for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        texts.add(Files.readString(file));
      }
      return texts;
    }
  }

  @Test
  void sourceIsTidy() throws IOException {
    try (var files = Files.walk(Path.of("src/main/java"))) {
      for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        var text = Files.readString(file);
        assertThat(text.lines().count()).as("lines in %s", file).isLessThanOrEqualTo(LINES_MAX);
        assertThat(text)
            .as(file.toString())
            .doesNotContain("TODO", "FIXME", "printStackTrace", "UnsupportedOperationException");
        if (!file.toString().contains("/cli/") && !file.endsWith("Main.java")) {
          assertThat(text).as(file.toString()).doesNotContain("System.out", "System.err.");
        }
        assertThat(file.resolveSibling("package-info.java")).exists();
      }
    }
  }
}
