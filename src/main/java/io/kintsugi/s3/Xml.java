package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// An XML document being written. Any text can stand in it: what XML 1.0 has no letters for is
/// written as a numeric reference, as S3 does, so that no key is changed on its way.
@Pure
final class Xml {
  /// The name of whoever owns every bucket and object here.
  static final String OWNER = "kintsugi";

  static final String PROLOGUE = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final StringBuilder text = new StringBuilder(512);
  private final Deque<String> open = new ArrayDeque<>();

  private Xml() {}

  /// A document whose root stands in the namespace of S3.
  static Xml document(String root) {
    var xml = new Xml();
    xml.text.append('<').append(root).append(" xmlns=\"").append(NAMESPACE).append("\">");
    xml.open.push(root);
    return xml;
  }

  /// An error, whose root stands in no namespace.
  static Xml error() {
    var xml = new Xml();
    return xml.open("Error");
  }

  Xml open(String element) {
    text.append('<').append(element).append('>');
    open.push(element);
    return this;
  }

  Xml close() {
    text.append("</").append(open.pop()).append('>');
    return this;
  }

  /// An element with text, or none where the value is null.
  Xml put(String element, @Nullable Object value) {
    if (value != null) {
      text.append('<').append(element).append('>');
      escape(value instanceof Instant instant ? TIME.format(instant) : value.toString());
      text.append("</").append(element).append('>');
    }
    return this;
  }

  /// Text within the element that is open.
  Xml text(String value) {
    escape(value);
    return this;
  }

  /// The one grantee there is; the only place where S3 wants an attribute.
  Xml ownerAsGrantee() {
    text.append("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"")
        .append(" xsi:type=\"CanonicalUser\">");
    open.push("Grantee");
    return put("ID", OWNER).put("DisplayName", OWNER).close();
  }

  private void escape(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '&' -> text.append("&amp;");
        case '<' -> text.append("&lt;");
        case '>' -> text.append("&gt;");
        case '"' -> text.append("&quot;");
        default -> {
          if (c < ' ' || c == 0x7f || c == 0xfffe || c == 0xffff) {
            text.append("&#").append((int) c).append(';');
          } else {
            text.append(c);
          }
        }
      }
    }
  }

  /// The finished document.
  @Override
  public String toString() {
    return PROLOGUE + body();
  }

  /// The finished document without its prologue.
  String body() {
    var all = new StringBuilder(text);
    open.forEach(element -> all.append("</").append(element).append('>'));
    return all.toString();
  }
}
