package io.kintsugi.sql;

import java.nio.file.Path;

/// Where an embedded server keeps its things.
///
/// @param dataDir the node's data directory
/// @param binariesRoot where the programs are unpacked, by version
/// @param namespaces whether root may use a user namespace, if the machine offers one
record PgSetup(Path dataDir, Path binariesRoot, boolean namespaces) {
  static PgSetup of(Path dataDir) {
    return new PgSetup(dataDir, dataDir.resolve("postgres"), true);
  }

  PgSetup withBinaries(Path root) {
    return new PgSetup(dataDir, root, namespaces);
  }

  PgSetup withoutNamespaces() {
    return new PgSetup(dataDir, binariesRoot, false);
  }
}
