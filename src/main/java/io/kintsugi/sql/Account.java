package io.kintsugi.sql;

import java.util.ArrayList;
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

  /// Another account, with the capability that lets it pass directories that belong to root alone,
  /// if there is one to give.
  record Other(int uid, @Nullable String capability) implements Account {}

  /// What the machine and the database directory offer.
  ///
  /// @param uid of this process
  /// @param owner of the database directory, null while there is none
  /// @param namespaces whether root can run the server inside a user namespace
  /// @param capability to pass any directory, that can be given to another account; null if none
  record Circumstances(
      int uid, @Nullable Integer owner, boolean namespaces, @Nullable String capability) {}

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
      return new Other(owner, now.capability());
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
    return new Other(NOBODY, now.capability());
  }

  /// The words before a command that make it run under this account.
  default List<String> prefix() {
    return switch (this) {
      case Self() -> List.of();
      case Namespace() -> List.of("unshare", "-U");
      case Other(var uid, var capability) -> {
        var words = new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid));
        words.add("--clear-groups");
        var capabilities = capability == null ? "-all" : "-all,+" + capability;
        words.add("--inh-caps=" + capabilities);
        words.add("--ambient-caps=" + capabilities);
        if (capability != null) {
          // Else access(2), by which PostgreSQL looks for its own programs, disregards it.
          words.add("--securebits=+no_setuid_fixup");
        }
        yield words;
      }
    };
  }
}
