package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.sql.Account.Circumstances;
import org.junit.jupiter.api.Test;

class AccountTest {
  private static final String SEARCH = "dac_read_search";

  @Test
  void anOrdinaryUserRunsTheServerItself() {
    assertThat(Account.choose(new Circumstances(1000, null, false, null)))
        .isEqualTo(new Account.Self());
    assertThat(Account.choose(new Circumstances(1000, 1000, true, SEARCH)))
        .isEqualTo(new Account.Self());
    assertThat(new Account.Self().prefix()).isEmpty();
  }

  @Test
  void anOrdinaryUserIsRefusedOnFilesOfAnother() {
    assertThatThrownBy(() -> Account.choose(new Circumstances(1000, 0, true, SEARCH)))
        .isInstanceOfSatisfying(
            SqlFailure.class, f -> assertThat(f.code()).isEqualTo(SqlFailure.Code.WRONG_OWNER))
        .hasMessageContaining("uid 0")
        .hasMessageContaining("uid 1000");
  }

  @Test
  void rootPrefersANamespaceForANewDatabase() {
    assertThat(Account.choose(new Circumstances(0, null, true, SEARCH)))
        .isEqualTo(new Account.Namespace());
    assertThat(Account.choose(new Circumstances(0, null, false, SEARCH)))
        .isEqualTo(new Account.Other(Account.NOBODY, SEARCH));
  }

  @Test
  void theOwnerOfAnExistingDatabaseDecides() {
    assertThat(Account.choose(new Circumstances(0, 0, true, SEARCH)))
        .isEqualTo(new Account.Namespace());
    assertThat(Account.choose(new Circumstances(0, 999, true, null)))
        .isEqualTo(new Account.Other(999, null));
    assertThatThrownBy(() -> Account.choose(new Circumstances(0, 0, false, SEARCH)))
        .isInstanceOfSatisfying(
            SqlFailure.class, f -> assertThat(f.code()).isEqualTo(SqlFailure.Code.WRONG_OWNER));
  }

  @Test
  void handsOnTheRightToPassDirectoriesOnlyWhereItIsHeld() {
    assertThat(new Account.Other(999, SEARCH).prefix())
        .contains("--reuid=999", "--ambient-caps=-all,+dac_read_search");
    assertThat(new Account.Other(999, null).prefix()).contains("--ambient-caps=-all");
  }
}
