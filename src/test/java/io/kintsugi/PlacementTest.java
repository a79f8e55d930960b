package io.kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.scan.ScanVerticle;
import io.vertx.core.ThreadingModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `verticles.json`: what is placed, and what stops the start (F1).
class PlacementTest {
  private static final String SCAN = "io.kintsugi.scan.ScanVerticle";

  @TempDir private Path folder;

  private Placement read(String json) throws IOException {
    return Placement.read(Files.writeString(folder.resolve("verticles.json"), json));
  }

  private void refused(String json, String... words) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(StartRefused.class)
        .hasMessageContainingAll(words);
  }

  private static String scan(String more) {
    return "{\"verticles\":{\"scan\":{\"class\":\"" + SCAN + "\"" + more + "}}}";
  }

  @Test
  void whatIsNotSaidHasADefault() throws IOException {
    assertThat(read(scan("")).entries())
        .containsExactly(
            new Placement.Entry(
                "scan", ScanVerticle.class, true, 1, ThreadingModel.EVENT_LOOP, Map.of()));
  }

  @Test
  void everythingCanBeSaid() throws IOException {
    var more =
        ",\"required\":false,\"instances\":3,\"threadingModel\":\"VIRTUAL_THREAD\","
            + "\"config\":{\"depth\":7}";
    assertThat(read(scan(more)).entries())
        .containsExactly(
            new Placement.Entry(
                "scan",
                ScanVerticle.class,
                false,
                3,
                ThreadingModel.VIRTUAL_THREAD,
                Map.of("depth", 7)));
  }

  @Test
  void verticlesAreDeployedInTheOrderOfTheFile() throws IOException {
    var json =
        """
        {"verticles": {
          "scan": {"class": "io.kintsugi.scan.ScanVerticle"},
          "catalog": {"class": "io.kintsugi.catalog.CatalogVerticle"},
          "heal": {"class": "io.kintsugi.heal.HealVerticle"}}}
        """;
    assertThat(read(json).entries())
        .extracting(Placement.Entry::name)
        .containsExactly("scan", "catalog", "heal");
  }

  @Test
  void anUnknownKeyIsRefusedByName() {
    refused(scan(",\"instanses\":2"), "verticles.json", "instanses", "instances");
    refused("{\"verticle\":{}}", "verticle", "verticles");
  }

  @Test
  void aClassMustBeNamedExistAndBeAVerticle() {
    refused("{\"verticles\":{\"scan\":{}}}", "scan", "'class' is missing");
    refused("{\"verticles\":{\"scan\":{\"class\":\"io.kintsugi.Nope\"}}}", "no class", "Nope");
    refused("{\"verticles\":{\"scan\":{\"class\":\"java.lang.String\"}}}", "not a verticle");
  }

  @Test
  void threadingAndInstancesMustMakeSense() {
    refused(scan(",\"threadingModel\":\"GREEN\""), "scan", "threadingModel", "GREEN");
    refused(scan(",\"instances\":0"), "scan", "instances", "0");
    refused(scan(",\"instances\":65"), "65");
    refused(scan(",\"instances\":\"many\""), "cannot be read");
  }

  @Test
  void aFileThatIsNotThereOrHasNothingIsRefused() {
    refused("{}", "missing or empty");
    refused("{\"verticles\":{}}", "missing or empty");
    refused("{", "cannot be read");
    refused("null", "missing or empty");
    refused("{\"verticles\":{\"scan\":null}}", "scan");
    assertThatThrownBy(() -> Placement.read(folder.resolve("none.json")))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("none.json");
  }
}
