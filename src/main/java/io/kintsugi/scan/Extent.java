package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;

/// A part of the store that is looked at in one go. As text they sort in the order in which they
/// are walked: leaves, then packs.
@Pure
sealed interface Extent {
  /// The files of one leaf, on every origin.
  record Leaf(String name) implements Extent {
    @Override
    public String text() {
      return name;
    }
  }

  /// One pack of one origin.
  record Pack(String originId, String pack) implements Extent {
    @Override
    public String text() {
      return pack + AT + originId;
    }
  }

  /// All packs of one origin: where names and sizes are enough, they are compared at once.
  record PacksOf(String originId) implements Extent {
    @Override
    public String text() {
      return ALL_PACKS + AT + originId;
    }
  }

  char AT = '@';
  String ALL_PACKS = "packs";

  String text();

  static Extent parse(String text) {
    int at = text.indexOf(AT);
    if (at < 0) {
      return new Leaf(text);
    }
    var what = text.substring(0, at);
    var origin = text.substring(at + 1);
    return what.equals(ALL_PACKS) ? new PacksOf(origin) : new Pack(origin, what);
  }
}
