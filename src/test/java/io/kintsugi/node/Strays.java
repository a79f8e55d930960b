package io.kintsugi.node;

import io.kintsugi.format.JournalName;
import io.kintsugi.format.Marker;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.format.WriteId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Files on origins that nothing accounts for. Each must be the marker, a file of the journal, be
/// named by a row of a live or dead segment or of a remnant, or belong to a write session that has
/// come to its end, or lie below its low water: then it is what a collection calls an orphan, and
/// may take away after its grace. What lies in quarantine must be condemned, and in no row. A
/// session has come to its end if it is closed, or if the process that opened it is dead: nobody
/// renews it, and its lease runs out within a minute. A file that no row names and whose session
/// goes on is a stray: nothing points to it, and nobody may ever remove it.
final class Strays {
  private static final String SHARDS =
      "SELECT origin_id || ' ' || replace(write_id::text, '-', '') || '.'"
          + " || lpad(shard_index::text, 2, '0') || '.' || replace(attempt_id::text, '-', '')"
          + " FROM location WHERE container IS NULL"
          + " UNION ALL SELECT origin_id || ' ' || replace(write_id::text, '-', '') || '.'"
          + " || lpad(shard_index::text, 2, '0') || '.' || replace(attempt_id::text, '-', '')"
          + " FROM remnant WHERE container IS NULL";

  private static final String PACKS =
      "SELECT origin_id || ' ' || container FROM location WHERE container IS NOT NULL"
          + " UNION SELECT origin_id || ' ' || container FROM remnant"
          + " WHERE container IS NOT NULL";

  private static final String CONDEMNED =
      "SELECT origin_id || ' ' || name FROM unreferenced WHERE state <> 'seen'";

  private static final String QUARANTINE = "quarantine";

  private final Path origins;
  private final Set<String> shards;
  private final Set<String> packs;
  private final Set<String> condemned;
  private final Set<String> ended;
  private final Map<String, Long> lowWaters = new HashMap<>();
  private final boolean rebuilt;
  private int orphans;

  private Strays(Path data, Instant died, boolean rebuilt) throws IOException, SQLException {
    this.rebuilt = rebuilt;
    origins = data.resolve("origins");
    var rows = new CatalogRows(data);
    shards = Set.copyOf(rows.read(SHARDS));
    packs = Set.copyOf(rows.read(PACKS));
    condemned = Set.copyOf(rows.read(CONDEMNED));
    ended =
        Set.copyOf(
            rows.read(
                "SELECT session_id FROM write_session WHERE closed IS NOT NULL"
                    + " OR lease_until < now() OR opened < '"
                    + died
                    + "'"));
    for (var session : rows.read("SELECT session_id || ' ' || low_water FROM write_session")) {
      var words = session.split(" ", 2);
      lowWaters.put(words[0], Long.parseLong(words[1]));
    }
  }

  /// What was found.
  ///
  /// @param orphans how many files are a collection's to remove
  record Found(List<String> strays, int orphans) {}

  /// Looks for them, on a node that writes nothing now.
  ///
  /// @param died when its process before this one had ended
  /// @param rebuilt the catalog once was, so it need not know the sessions of earlier lives: under
  ///   one that it does not know nothing can be committed
  static Found find(Path data, Instant died, boolean rebuilt) throws IOException, SQLException {
    // The files first: a row that comes later names a file that was not looked for.
    List<Path> files;
    try (var paths = Files.walk(data.resolve("origins"))) {
      files = paths.filter(Files::isRegularFile).toList();
    }
    var look = new Strays(data, died, rebuilt);
    var strays = new ArrayList<String>();
    for (var file : files) {
      if (!look.isAccountedFor(look.origins.relativize(file))) {
        strays.add(file.toString());
      }
    }
    return new Found(strays, look.orphans);
  }

  private boolean isAccountedFor(Path file) {
    var origin = file.getName(0).toString();
    var name = file.subpath(1, file.getNameCount()).toString();
    if (name.equals(Marker.FILE_NAME)) {
      return true;
    }
    if (file.getName(1).toString().equals(QUARANTINE)) {
      return isCondemned(origin, file.getFileName().toString());
    }
    var shard = Names.parse(name);
    if (shard.isPresent()) {
      return shards.contains(origin + " " + file.getFileName())
          || isOrphan(shard.get().attemptId());
    }
    var pack = PackName.parse(name);
    if (pack.isPresent()) {
      return packs.contains(origin + " " + name)
          || isOrphan(new WriteId(pack.get().session(), pack.get().number()));
    }
    return name.startsWith(JournalName.FOLDER + "/")
        && JournalName.parse(file.getFileName().toString()).isPresent();
  }

  /// A catalog that was rebuilt learns of it from the next pass.
  private boolean isCondemned(String origin, String fileName) {
    var shard = Names.parseFileName(fileName).map(Names.ShardName::path);
    var path = shard.isPresent() ? shard : PackName.parseFileName(fileName).map(PackName::path);
    return path.isPresent()
        && (rebuilt || condemned.contains(origin + " " + path.get()))
        && !shards.contains(origin + " " + fileName)
        && !packs.contains(origin + " " + path.get());
  }

  private boolean isOrphan(WriteId writer) {
    var session = HexFormat.of().toHexDigits(writer.session());
    var lowWater = lowWaters.get(session);
    boolean orphan =
        lowWater == null ? rebuilt : ended.contains(session) || writer.counter() < lowWater;
    orphans += orphan ? 1 : 0;
    return orphan;
  }
}
