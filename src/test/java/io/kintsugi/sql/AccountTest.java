package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.sql.Account.Circumstances;
import org.junit.jupiter.api.Test;

class AccountTest {
  @Test
  void anOrdinaryUserRunsTheServerItself() {
    assertThat(Account.choose(new Circumstances(1000, null, false, false)))
        .isEqualTo(new Account.Self());
    assertThat(Account.choose(new Circumstances(1000, 1000, true, true)))
        .isEqualTo(new Account.Self());
    assertThat(new Account.Self().prefix()).isEmpty();
  }

  @Test
  void anOrdinaryUserIsRefusedOnFilesOfAnother() {
    assertThatThrownBy(() -> Account.choose(new Circumstances(1000, 0, true, true)))
        .isInstanceOfSatisfying(
            SqlFailure.class, f -> assertThat(f.code()).isEqualTo(SqlFailure.Code.WRONG_OWNER))
        .hasMessageContaining("uid 0")
        .hasMessageContaining("uid 1000");
  }

  @Test
  void rootPrefersANamespaceForANewDatabase() {
    assertThat(Account.choose(new Circumstances(0, null, true, true)))
        .isEqualTo(new Account.Namespace());
    assertThat(Account.choose(new Circumstances(0, null, false, true)))
        .isEqualTo(new Account.Other(Account.NOBODY, true));
  }

  @Test
  void theOwnerOfAnExistingDatabaseDecides() {
    assertThat(Account.choose(new Circumstances(0, 0, true, true)))
        .isEqualTo(new Account.Namespace());
    assertThat(Account.choose(new Circumstances(0, 999, true, false)))
        .isEqualTo(new Account.Other(999, false));
    assertThatThrownBy(() -> Account.choose(new Circumstances(0, 0, false, true)))
        .isInstanceOfSatisfying(
            SqlFailure.class, f -> assertThat(f.code()).isEqualTo(SqlFailure.Code.WRONG_OWNER));
  }

  @Test
  void handsOnTheRightToPassDirectoriesOnlyWhereItIsHeld() {
    assertThat(new Account.Other(999, true).prefix())
        .contains("--reuid=999", "--ambient-caps=-all,+dac_read_search");
    assertThat(new Account.Other(999, false).prefix()).contains("--ambient-caps=-all");
  }
}
