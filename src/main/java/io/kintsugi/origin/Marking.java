package io.kintsugi.origin;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.format.Marker;
import io.kintsugi.kernel.Pure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Decides whose an origin is, and the next step towards its being ours.
///
/// The order is: root, row `new` in the catalog, marker flushed, row `ready`. A process may die
/// between any two; the next one looks at what is there and goes on.
@Pure
final class Marking {
  static final String NEW = "new";
  static final String READY = "ready";
  static final String REMOVED = "removed";

  /// What an origin is to us.
  enum Mark {
    OURS,
    /// On its way to being ours.
    NEW,
    /// It should bear our marker and bears none: usable only after it is replaced.
    BLANK,
    /// Another's, or with data that nobody here knows.
    FOREIGN,
    /// Nobody can tell now.
    UNREADABLE,
    /// Its marker is not verified by our key.
    KEY_MISMATCH;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// What we know before looking.
  ///
  /// @param row of the catalog, if it has one
  /// @param catalogEmpty nothing was ever written into the catalog
  /// @param held the catalog may not be used now
  record Known(String originId, @Nullable OriginRow row, boolean catalogEmpty, boolean held) {
    Known(String originId, @Nullable OriginRow row, boolean catalogEmpty) {
      this(originId, row, catalogEmpty, false);
    }
  }

  /// What a root without a marker holds.
  enum Content {
    EMPTY,
    /// Only what origins of this cluster hold.
    FAMILIAR,
    STRANGE
  }

  /// What a look showed.
  sealed interface Seen {
    record NoRoot() implements Seen {}

    record NoMarker(Content content) implements Seen {}

    /// The beginning of the very marker that the row asks for: its writing was cut short.
    record Torn() implements Seen {}

    record Marked(Marker.Decoded marker) implements Seen {}

    /// Nothing could be seen.
    ///
    /// @param misconfigured it refuses who asks, until somebody changes something
    record Failed(String reason, boolean misconfigured) implements Seen {}

    /// This process may open no more files; the place itself may be well.
    record Starved(String reason) implements Seen {}
  }

  /// What to do next.
  sealed interface Step {
    record CreateRoot() implements Step {}

    /// A row `new` with a fresh incarnation.
    record SaveNew(@Nullable String replaces) implements Step {}

    record WriteMarker() implements Step {}

    record MendMarker() implements Step {}

    /// The marker is flushed once more, then the row becomes `ready`: who wrote it may have died
    /// before it was flushed.
    record SaveReady() implements Step {}

    /// Nothing more can or need be done.
    record Stand(Mark mark, @Nullable String reason) implements Step {}

    /// An operator's wish that is not granted.
    record Refuse(String reason, String hint) implements Step {}
  }

  private Marking() {}

  /// The next step of enrolment. None is taken while the catalog may not be used: what it would
  /// have to say of this origin is not known.
  static Step next(Known known, Seen seen) {
    var step = step(known, seen);
    return known.held() && !(step instanceof Step.Stand)
        ? new Step.Stand(Mark.NEW, "it waits until the catalog is in use")
        : step;
  }

  private static Step step(Known known, Seen seen) {
    var row = known.row();
    if (row != null && row.state().equals(REMOVED)) {
      return foreign("an origin of this id was removed; its id is never used again");
    }
    return switch (seen) {
      case Seen.Failed(var reason, _) -> new Step.Stand(Mark.UNREADABLE, reason);
      case Seen.Starved(var reason) -> new Step.Stand(Mark.UNREADABLE, reason);
      case Seen.NoRoot() ->
          row == null
              ? new Step.CreateRoot()
              : new Step.Stand(Mark.UNREADABLE, "its folder is not there; is it mounted?");
      case Seen.NoMarker(var content) -> unmarked(known, row, content);
      case Seen.Torn() -> new Step.MendMarker();
      case Seen.Marked(var marker) -> marked(known, row, marker);
    };
  }

  private static Step unmarked(Known known, @Nullable OriginRow row, Content content) {
    if (row != null && row.state().equals(READY)) {
      return new Step.Stand(
          Mark.BLANK, "it bears no marker; if this is a new disk, replace the origin");
    }
    if (content != Content.EMPTY) {
      return foreign(
          known.catalogEmpty()
              ? "origin holds data that this catalog does not know"
              : "its folder is not empty and bears no marker");
    }
    return row == null ? new Step.SaveNew(null) : new Step.WriteMarker();
  }

  private static Step marked(Known known, @Nullable OriginRow row, Marker.Decoded decoded) {
    return switch (decoded) {
      case Marker.Decoded.Foreign(var marker) ->
          foreign("it belongs to another cluster, " + marker.clusterId());
      case Marker.Decoded.WrongKey _ ->
          new Step.Stand(
              Mark.KEY_MISMATCH, "the cluster key does not verify the marker of this cluster");
      case Marker.Decoded.Unreadable(var reason) ->
          new Step.Stand(Mark.UNREADABLE, "its marker cannot be read: " + reason);
      case Marker.Decoded.Ours(var marker) -> ours(known, row, marker);
    };
  }

  private static Step ours(Known known, @Nullable OriginRow row, Marker marker) {
    if (row == null) {
      return foreign("origin holds data that this catalog does not know");
    }
    if (!marker.originId().equals(known.originId())) {
      return foreign("its marker is that of origin " + marker.originId());
    }
    if (!marker.incarnation().equals(row.incarnation())) {
      return foreign("its marker is of another incarnation, " + marker.incarnation());
    }
    return row.state().equals(NEW) ? new Step.SaveReady() : new Step.Stand(Mark.OURS, null);
  }

  /// The first step of a replacement that an operator asked for; [#next] finishes it, but for a
  /// folder that still holds familiar things, where `WriteMarker` follows at once.
  static Step replace(Known known, Seen seen) {
    if (known.held()) {
      return new Step.Refuse("the catalog is not in use", "bring the catalog back first");
    }
    var row = known.row();
    if (seen instanceof Seen.NoMarker(var content)) {
      if (content == Content.STRANGE || (content == Content.FAMILIAR && row == null)) {
        return new Step.Refuse(
            "its folder is not empty", "give the origin an empty folder, then replace it");
      }
      if (row == null || row.state().equals(REMOVED)) {
        return next(known, seen);
      }
      // A replacement that was cut short goes on with the incarnation it drew.
      return row.state().equals(NEW) ? new Step.WriteMarker() : new Step.SaveNew(row.incarnation());
    }
    var step = next(known, seen);
    if (step instanceof Step.Stand(var mark, var reason) && mark != Mark.OURS) {
      return new Step.Refuse(
          reason == null ? mark.word() : reason,
          mark == Mark.UNREADABLE
              ? "mount or mend its folder first"
              : "only a blank origin can be replaced: give it an empty folder");
    }
    return step;
  }

  private static Step foreign(String reason) {
    return new Step.Stand(Mark.FOREIGN, reason);
  }
}
