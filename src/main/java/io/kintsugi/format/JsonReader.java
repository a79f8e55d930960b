package io.kintsugi.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what [JsonWriter] wrote, field by field in the same order, and nothing else.
///
/// It need not refuse every other spelling of the same values: the caller writes them again and
/// compares the bytes.
final class JsonReader {
  private final String text;
  private int at;

  /// The bytes are not what this format writes.
  static class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String reason) {
      super(reason, null, false, false);
    }
  }

  /// The bytes are sound, but a later format wrote them.
  static final class UnknownFormat extends Malformed {
    private static final long serialVersionUID = 1;

    UnknownFormat() {
      super("an unknown format");
    }
  }

  JsonReader(byte[] source, int offset, int length) throws Malformed {
    try {
      var bytes = ByteBuffer.wrap(source, offset, length);
      text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed("not UTF-8");
    }
    expect("{");
  }

  String text(String name) throws Malformed {
    name(name);
    return quoted();
  }

  @Nullable String nullableText(String name) throws Malformed {
    name(name);
    return skip("null") ? null : quoted();
  }

  long number(String name) throws Malformed {
    name(name);
    return digits();
  }

  @Nullable Long nullableNumber(String name) throws Malformed {
    name(name);
    return skip("null") ? null : (Long) digits();
  }

  boolean flag(String name) throws Malformed {
    name(name);
    if (skip("true")) {
      return true;
    }
    expect("false");
    return false;
  }

  SortedMap<String, String> map(String name) throws Malformed {
    name(name);
    expect("{");
    var entries = new TreeMap<String, String>(Text.BYTE_ORDER);
    while (!skip("}")) {
      if (!entries.isEmpty()) {
        expect(",");
      }
      String key = quoted();
      expect(":");
      if (entries.put(key, quoted()) != null || entries.size() > ManifestDraft.MAX_ENTRIES) {
        throw malformed("a repeated or surplus entry");
      }
    }
    return entries;
  }

  List<String> texts(String name) throws Malformed {
    name(name);
    expect("[");
    var values = new ArrayList<String>();
    while (!skip("]")) {
      if (!values.isEmpty()) {
        expect(",");
      }
      values.add(quoted());
      if (values.size() > ManifestDraft.MAX_ENTRIES) {
        throw malformed("surplus values");
      }
    }
    return values;
  }

  /// The object ends here, and only padding follows.
  void finish() throws Malformed {
    expect("}");
    if (!text.substring(at).chars().allMatch(c -> c == ' ')) {
      throw malformed("bytes after the end");
    }
  }

  Malformed malformed(String reason) {
    return new Malformed(reason + " at character " + at);
  }

  private void name(String name) throws Malformed {
    if (at > 1) {
      expect(",");
    }
    expect("\"" + name + "\":");
  }

  private boolean skip(String literal) {
    if (!text.startsWith(literal, at)) {
      return false;
    }
    at += literal.length();
    return true;
  }

  private void expect(String literal) throws Malformed {
    if (!skip(literal)) {
      throw malformed("expected " + literal);
    }
  }

  private long digits() throws Malformed {
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    if (end == at || end - at > Manifest.SIZE_DIGITS) {
      throw malformed("expected a number");
    }
    try {
      long value = Long.parseLong(text, at, end, 10);
      at = end;
      return value;
    } catch (NumberFormatException e) {
      throw malformed("a number beyond 63 bits");
    }
  }

  private String quoted() throws Malformed {
    expect("\"");
    int end = at;
    while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\\') {
      end++;
    }
    var out = new StringBuilder(text.substring(at, end));
    at = end;
    while (!skip("\"")) {
      if (at >= text.length()) {
        throw malformed("a text without end");
      }
      char c = text.charAt(at++);
      out.append(c == '\\' ? escaped() : c);
    }
    return out.toString();
  }

  private char escaped() throws Malformed {
    if (at >= text.length()) {
      throw malformed("a text without end");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case '"', '\\' -> c;
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      case 'u' -> control();
      default -> throw malformed("an unknown escape");
    };
  }

  private char control() throws Malformed {
    if (text.length() - at < 4 || !Text.isLowerHex(text.substring(at, at + 4), 4)) {
      throw malformed("an unknown escape");
    }
    char c = (char) Integer.parseInt(text, at, at + 4, 16);
    at += 4;
    return c;
  }
}
