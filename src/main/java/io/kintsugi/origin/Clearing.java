package io.kintsugi.origin;

import io.kintsugi.contract.OriginCollectContract.ListQuarantine;
import io.kintsugi.contract.OriginCollectContract.NameTreated;
import io.kintsugi.contract.OriginCollectContract.NamesTreated;
import io.kintsugi.contract.OriginCollectContract.Quarantine;
import io.kintsugi.contract.OriginCollectContract.TreatNames;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes away what the catalog has judged, one name after the other, so that a thread is never kept
/// for long. Every step can be done again: a name that is where it should be is done.
///
/// First the names, then the folders are flushed, then the marker is looked at once more; only then
/// is anything told. What was not found under a marker that verifies is not there.
final class Clearing {
  static final String QUARANTINE = "quarantine";

  private static final Logger LOG = LoggerFactory.getLogger(Clearing.class);
  private static final int NAMES_MAX = 256;
  private static final int PAGE_MAX = 1000;

  private final Origin origin;
  private final Predicate<String> isOpen;
  private final Consumer<String> closing;

  /// One kind of treatment; blocks.
  private interface Treatment {
    NameTreated of(Driver driver, String name) throws DriverException;
  }

  /// @param isOpen whether a pack is being written
  /// @param closing told of names that go away
  Clearing(Origin origin, Predicate<String> isOpen, Consumer<String> closing) {
    this.origin = origin;
    this.isOpen = isOpen;
    this.closing = closing;
  }

  Future<NamesTreated> remove(TreatNames question) {
    boolean quarantined = question.quarantined();
    question.names().forEach(name -> requireName(name, quarantined));
    var folders = new TreeSet<String>();
    question.names().forEach(name -> folders.add(quarantined ? QUARANTINE : folder(name)));
    return treat(
        question,
        folders,
        (driver, name) -> {
          var path = quarantined ? inQuarantine(name) : name;
          long size = sizeOf(driver, path);
          boolean found = size >= 0;
          if (found) {
            CrashPoint.CLEAR_REMOVE.pass();
          }
          driver.remove(path);
          if (found) {
            passRemoved(name);
          }
          return new NameTreated(name, true, found, Math.max(0, size), null);
        });
  }

  private static void passRemoved(String name) {
    CrashPoint.CLEAR_REMOVED.pass();
    if (PackName.parse(name).isPresent()) {
      CrashPoint.PACK_REMOVED.pass();
    }
  }

  Future<NamesTreated> quarantine(TreatNames question) {
    question.names().forEach(Clearing::requireKnown);
    var open = question.names().stream().filter(isOpen).collect(Collectors.toSet());
    return treat(
            question,
            folders(question),
            (driver, name) -> {
              if (open.contains(name)) {
                return new NameTreated(name, false, false, 0, "it is being written");
              }
              var spare = spare(driver, name, inQuarantine(name), name);
              return spare == null ? away(driver, name) : spare;
            })
        .onComplete(_ -> question.names().forEach(closing));
  }

  Future<NamesTreated> restore(TreatNames question) {
    question.names().forEach(name -> requireName(name, true));
    return treat(
        question,
        folders(question),
        (driver, name) -> {
          var spare = spare(driver, name, name, inQuarantine(name));
          return spare == null ? back(driver, name) : spare;
        });
  }

  /// If a file lies in both places, which none of ours ever brings about, then the one that is
  /// where it is to be stays, and the other goes if it is no longer than that: they were written by
  /// one attempt, so it has nothing more. Null if it does not lie in both.
  private static @Nullable NameTreated spare(Driver driver, String name, String kept, String other)
      throws DriverException {
    long keptBytes = sizeOf(driver, kept);
    long otherBytes = keptBytes < 0 ? -1 : sizeOf(driver, other);
    if (otherBytes < 0) {
      return null;
    }
    if (otherBytes <= keptBytes) {
      driver.remove(other);
    } else {
      LOG.warn("{} lies in quarantine too, with another length", name);
    }
    return new NameTreated(name, true, true, keptBytes, null);
  }

  /// The new names must last before the old ones are gone for good: the quarantine is flushed on
  /// both ways, and on the way back after the folder that the file returns to.
  private static Set<String> folders(TreatNames question) {
    var folders = new TreeSet<String>();
    question.names().forEach(name -> folders.add(folder(name)));
    folders.add(QUARANTINE);
    return folders;
  }

  private static NameTreated away(Driver driver, String name) throws DriverException {
    CrashPoint.CLEAR_MOVE.pass();
    var moved = move(driver, name, name, inQuarantine(name));
    if (moved.found()) {
      CrashPoint.CLEAR_MOVED.pass();
      if (PackName.parse(name).isPresent()) {
        CrashPoint.PACK_QUARANTINED.pass();
      }
    }
    return moved;
  }

  private static NameTreated back(Driver driver, String name) throws DriverException {
    var moved = move(driver, name, inQuarantine(name), name);
    if (moved.found()) {
      CrashPoint.CLEAR_RESTORED.pass();
    }
    return moved;
  }

  private static NameTreated move(Driver driver, String name, String from, String to)
      throws DriverException {
    long size = sizeOf(driver, from);
    if (size >= 0) {
      driver.move(from, to);
      return new NameTreated(name, true, true, size, null);
    }
    long moved = sizeOf(driver, to);
    return new NameTreated(name, true, moved >= 0, Math.max(0, moved), null);
  }

  /// -1 if there is no such file.
  private static long sizeOf(Driver driver, String path) throws DriverException {
    try {
      return driver.sizeOf(path);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return -1;
      }
      throw e;
    }
  }

  private void requireName(String name, boolean packToo) {
    boolean known = Names.parse(name).isPresent() || (packToo && PackName.parse(name).isPresent());
    if (!known || isOpen.test(name)) {
      throw notToBeCleared(name);
    }
  }

  private static void requireKnown(String name) {
    if (Names.parse(name).isEmpty() && PackName.parse(name).isEmpty()) {
      throw notToBeCleared(name);
    }
  }

  private static Failure notToBeCleared(String name) {
    return Failure.of(FailureCode.INVALID_REQUEST, "not to be cleared away: " + name);
  }

  private static String folder(String name) {
    return name.substring(0, name.lastIndexOf('/'));
  }

  private static String inQuarantine(String name) {
    return QUARANTINE + name.substring(name.lastIndexOf('/'));
  }

  private Future<NamesTreated> treat(
      TreatNames question, Set<String> folders, Treatment treatment) {
    if (question.names().size() > NAMES_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "at most " + NAMES_MAX + " names at once");
    }
    origin.requireOurs(question.incarnation());
    origin.requireUnbraked();
    var treated = new ArrayList<NameTreated>();
    Future<Void> done = Future.succeededFuture();
    for (var name : question.names()) {
      done =
          done.compose(_ -> treat(name, treatment))
              .map(outcome -> {
                treated.add(outcome);
                return null;
              });
    }
    var unsafe = new HashSet<String>();
    for (var folder : folders) {
      done = done.compose(_ -> flush(folder, unsafe));
    }
    return done.compose(
            _ -> {
              if (treated.stream().anyMatch(NameTreated::found)) {
                CrashPoint.CLEAR_FLUSHED.pass();
              }
              return origin.isStillOurs();
            })
        .map(ours -> {
          if (!ours) {
            throw origin.unavailable("cannot tell what became of its names");
          }
          origin.requireOurs(question.incarnation());
          return new NamesTreated(treated.stream().map(name -> lasting(name, unsafe)).toList());
        });
  }

  /// A name that could not be treated keeps nobody else from it.
  private Future<NameTreated> treat(String name, Treatment treatment) {
    return origin
        .open(() -> treatment.of(origin.driver(), name), _ -> {})
        .recover(cause -> {
          var failure = origin.fail(Operation.WRITE, cause);
          // A fault tells of one name; anything else (it hangs, it is stopped) of the whole origin.
          return Failures.fault(cause) == null
              ? Future.failedFuture(failure)
              : Future.succeededFuture(new NameTreated(name, false, false, 0, failure.text()));
        });
  }

  /// Whatever lay in a folder that is not there is not there.
  private Future<Void> flush(String folder, Set<String> unsafe) {
    return origin
        .open(
            () -> {
              try {
                origin.driver().flushFolder(folder);
                if (folder.equals(QUARANTINE)) {
                  origin.driver().flushFolder("");
                }
              } catch (DriverException e) {
                if (!(e.fault() instanceof Fault.NotFound)) {
                  throw e;
                }
              }
              return true;
            },
            _ -> {})
        .recover(cause -> {
          LOG.warn("origin={} folder={} not flushed", origin.id(), folder);
          origin.fail(Operation.WRITE, cause);
          unsafe.add(folder);
          return Future.succeededFuture();
        })
        .mapEmpty();
  }

  private static NameTreated lasting(NameTreated name, Set<String> unsafe) {
    boolean lasts = !unsafe.contains(QUARANTINE) && !unsafe.contains(folder(name.name()));
    return lasts || !name.done()
        ? name
        : new NameTreated(name.name(), false, name.found(), 0, "its folder could not be flushed");
  }

  Future<Quarantine> list(ListQuarantine question) {
    if (question.max() < 1 || question.max() > PAGE_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "max must be 1 to " + PAGE_MAX);
    }
    origin.requireOurs(question.incarnation());
    return origin
        .open(() -> names(origin.driver()), _ -> {})
        .recover(cause -> Future.failedFuture(origin.fail(Operation.WRITE, cause)))
        .map(all -> {
          var after = question.after();
          var page =
              all.stream()
                  .filter(name -> after == null || name.compareTo(after) > 0)
                  .sorted()
                  .limit(question.max() + 1L)
                  .toList();
          return page.size() <= question.max()
              ? new Quarantine(page, null)
              : new Quarantine(page.subList(0, question.max()), page.get(question.max() - 1));
        });
  }

  /// What bears no name of ours is nobody's business.
  private static List<String> names(Driver driver) throws DriverException {
    try {
      return driver.list(QUARANTINE).stream()
          .map(Clearing::before)
          .flatMap(Optional::stream)
          .toList();
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return List.of();
      }
      throw e;
    }
  }

  private static Optional<String> before(String fileName) {
    var shard = Names.parseFileName(fileName).map(Names.ShardName::path);
    return shard.isPresent() ? shard : PackName.parseFileName(fileName).map(PackName::path);
  }
}
