package io.kintsugi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.kernel.Failure;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may call without a token.
class CallersTest {
  @ParameterizedTest
  @CsvSource({
    "localhost, 9000,",
    "LOCALHOST, 9000,",
    "127.0.0.1, 9000, http://127.0.0.1:9000",
    "::1, 9000, http://[::1]:9000",
    "[::1], 9000, http://[::1]:9000",
    "localhost, 80, http://localhost",
    "localhost, -1, http://localhost"
  })
  void programsHereAndOurOwnPagesMay(String host, int port, @Nullable String origin) {
    assertThatCode(() -> Callers.requireOurs(HostAndPort.create(host, port), origin))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example, 9000,",
    "localhost.evil.example, 9000,",
    "127.0.0.1.evil.example, 9000,",
    "localhost, 9000, http://evil.example",
    "localhost, 9000, http://localhost:3000",
    "localhost, 9000, https://localhost:9000",
    "localhost, 9000, null",
    "127.0.0.1, 9000, http://localhost:9000"
  })
  void pagesOfOthersMayNot(String host, int port, @Nullable String origin) {
    assertThatThrownBy(() -> Callers.requireOurs(HostAndPort.create(host, port), origin))
        .isInstanceOf(Failure.class);
  }

  @Test
  void aRequestWithoutAHostMayNot() {
    assertThatThrownBy(() -> Callers.requireOurs(null, null)).isInstanceOf(Failure.class);
  }

  @Test
  void whoMistypesIsShownTheNearest() {
    var paths = List.of("/admin/scan", "/admin/scan/start", "/admin/heal", "/metrics");
    assertThat(Nearest.to("/admin/scna/start", paths)).first().isEqualTo("/admin/scan/start");
    assertThat(Nearest.to("/", paths)).hasSize(3);
  }
}
