package io.kintsugi.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SecretTest {
  private record Holder(String user, Secret password) {}

  @Test
  void onlyWhoAsksForItByNameSeesIt() {
    var secret = new Secret("pa55word");
    assertThat(secret.reveal()).isEqualTo("pa55word");
    assertThat(secret.toString()).isEqualTo("***");
    assertThat(new Holder("me", secret).toString()).doesNotContain("pa55word");
    assertThat(Json.text(new Holder("me", secret)))
        .isEqualTo("{\"user\":\"me\",\"password\":\"***\"}");
    assertThat(secret.hashCode()).isEqualTo(new Secret("other").hashCode());
  }

  @Test
  void equalSecretsAreEqual() {
    assertThat(new Secret("a")).isEqualTo(new Secret("a")).isNotEqualTo(new Secret("b"));
  }
}
