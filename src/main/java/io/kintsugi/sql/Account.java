package io.kintsugi.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The account under which PostgreSQL's programs run; they refuse to run as root.
sealed interface Account {
  /// The account that runs when nothing better is known: `nobody`.
  int NOBODY = 65_534;

  /// The node's own account, which is not root.
  record Self() implements Account {}

  /// Root's files, entered through a user namespace in which root is nobody.
  record Namespace() implements Account {}

  /// Another account. `searchAnywhere`: it may pass directories that belong to root alone.
  record Other(int uid, boolean searchAnywhere) implements Account {}

  /// What the machine and the database directory offer.
  ///
  /// @param uid of this process
  /// @param owner of the database directory, null while there is none
  /// @param namespaces whether root can run the server inside a user namespace
  /// @param searchAnywhere whether another account can be given the right to pass any directory
  record Circumstances(
      int uid, @Nullable Integer owner, boolean namespaces, boolean searchAnywhere) {}

  /// The owner of the files decides; the machine decides only about a new database.
  static Account choose(Circumstances now) {
    var owner = now.owner();
    if (now.uid() != 0) {
      if (owner != null && owner != now.uid()) {
        throw new SqlFailure(
            SqlFailure.Code.WRONG_OWNER,
            "the database belongs to uid " + owner + ", but the node runs as uid " + now.uid(),
            "Run the node as uid "
                + owner
                + ", or give the data directory to uid "
                + now.uid()
                + " (chown -R) while no server runs on it.");
      }
      return new Self();
    }
    if (owner != null && owner != 0) {
      return new Other(owner, now.searchAnywhere());
    }
    if (now.namespaces()) {
      return new Namespace();
    }
    if (owner != null) {
      throw new SqlFailure(
          SqlFailure.Code.WRONG_OWNER,
          "the database belongs to root, and no user namespace can be made here",
          "PostgreSQL does not run as root. Allow user namespaces, or give the database directory to another account (chown -R "
              + NOBODY
              + ") while no server runs on it.");
    }
    return new Other(NOBODY, now.searchAnywhere());
  }

  /// The words before a command that make it run under this account.
  default List<String> prefix() {
    return switch (this) {
      case Self() -> List.of();
      case Namespace() -> List.of("unshare", "-U");
      case Other(var uid, var search) -> {
        var capabilities = search ? "-all,+dac_read_search" : "-all";
        yield List.of(
            "setpriv",
            "--reuid=" + uid,
            "--regid=" + uid,
            "--clear-groups",
            "--inh-caps=" + capabilities,
            "--ambient-caps=" + capabilities);
      }
    };
  }
}
