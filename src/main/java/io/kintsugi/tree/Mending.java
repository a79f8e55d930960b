package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is to be done about copies of a key that are not what they should be.
@Pure
final class Mending {
  private Mending() {}

  /// What may be done about a copy that was found rotten.
  sealed interface Remedy {
    /// It does not lie there any more.
    record Gone() implements Remedy {}

    /// Its origin does not tell.
    record Silent(String reason) implements Remedy {}

    /// It is not what was read: it has to be read again before anything is said of it.
    record Reread(Seen copy) implements Remedy {}

    /// One of these may have the bytes that it should have, the likeliest first; none if there is
    /// none.
    record Heal(Seen copy, String sha256, List<Seen> donors) implements Remedy {
      public Heal {
        donors = List.copyOf(donors);
      }
    }
  }

  /// Only what surely is still the file in which the rot was found is mended; and only with the
  /// very bytes that it should have.
  ///
  /// @param copies of the key, all that were found
  /// @param silent origins that did not tell, and why
  static Remedy of(
      String originId,
      String path,
      List<Seen> copies,
      Map<String, String> silent,
      Comparator<Seen> nearestFirst) {
    var mine =
        copies.stream()
            .filter(seen -> seen.source().originId().equals(originId) && seen.path().equals(path))
            .findFirst();
    if (mine.isEmpty()) {
      var why = silent.get(originId);
      return why == null ? new Remedy.Gone() : new Remedy.Silent(why);
    }
    var copy = mine.get();
    var record = copy.record();
    if (record == null || !copy.isRotten() || !sameTag(record.stamp(), copy.stamp())) {
      return new Remedy.Reread(copy);
    }
    var wanted = record.sha256();
    var donors = new ArrayList<Seen>();
    copies.stream()
        .filter(seen -> !seen.source().originId().equals(copy.source().originId()))
        .filter(seen -> mayHave(seen, wanted, copy.stamp().sizeBytes()))
        .sorted(
            Comparator.<Seen>comparingInt(seen -> seen.sha256() == null ? 1 : 0)
                .thenComparing(nearestFirst))
        .forEach(donors::add);
    return new Remedy.Heal(copy, wanted, donors);
  }

  private static boolean sameTag(FileStamp a, FileStamp b) {
    return Objects.equals(a.tag(), b.tag());
  }

  private static boolean mayHave(Seen seen, String sha256, long sizeBytes) {
    var known = seen.sha256();
    return !seen.isRotten()
        && seen.stamp().sizeBytes() == sizeBytes
        && (known == null || known.equals(sha256));
  }

  /// What a source needs to have the content that its tree shows of a key.
  sealed interface Need {
    record Nothing() implements Need {}

    /// What it has is not known before it is read.
    record Reading(Seen copy) implements Need {}

    /// The content is to be brought.
    ///
    /// @param over what gives way; null: nothing is there
    /// @param keep it was written no earlier than what takes its place, and may be the work that
    ///   was meant: it is kept aside
    record Bringing(@Nullable Seen over, boolean keep) implements Need {}

    /// It is rotten, which is mended or told by itself.
    record Mended() implements Need {}
  }

  /// @param lead the copy that is shown
  /// @param sha256 of its bytes
  static Need of(Source source, List<Seen> copies, Seen lead, String sha256) {
    var there = copies.stream().filter(seen -> seen.source().equals(source)).findFirst();
    if (there.isEmpty()) {
      return new Need.Bringing(null, false);
    }
    var copy = there.get();
    if (copy.equals(lead) || sha256.equals(copy.sha256())) {
      return new Need.Nothing();
    }
    if (copy.isRotten()) {
      return new Need.Mended();
    }
    if (copy.sha256() == null && copy.stamp().sizeBytes() == lead.stamp().sizeBytes()) {
      return new Need.Reading(copy);
    }
    // Clocks of two places are too little to destroy what somebody may want back.
    return new Need.Bringing(copy, true);
  }
}
