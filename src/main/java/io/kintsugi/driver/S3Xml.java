package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// What servers say in XML. Nothing outside of the document is ever looked at.
final class S3Xml {
  private static final int DEPTH_MAX = 16;
  private static final XMLInputFactory FACTORY = factory();

  /// One object of a listing.
  record Item(String key, long sizeBytes, Instant modified, String etag) {}

  /// Part of a listing.
  ///
  /// @param token to go on with; null at its end
  record Listing(List<Item> items, List<String> prefixes, @Nullable String token) {}

  /// An upload in parts that has not ended.
  record Begun(String key, String uploadId, Instant initiated) {}

  /// Part of a listing of uploads.
  ///
  /// @param nextKey where the next part begins; empty at the end
  record Uploads(List<Begun> begun, boolean isTruncated, String nextKey, String nextUploadId) {}

  /// What went wrong; empty where nothing is said.
  record Problem(String code, String message, String region, String endpoint) {
    static final Problem NONE = new Problem("", "", "", "");
  }

  private interface Reader {
    /// @param path of the element below the root, with `/` between names
    void element(String path, String text);
  }

  private S3Xml() {}

  private static XMLInputFactory factory() {
    var factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }

  /// What an answer says of a failure, whatever it is.
  static Problem problem(Buffer body) {
    try {
      return isError(body) ? read(body) : Problem.NONE;
    } catch (IOException e) {
      return Problem.NONE;
    }
  }

  private static Problem read(Buffer body) throws IOException {
    var values = values(body);
    return new Problem(
        values.getOrDefault("Code", ""),
        values.getOrDefault("Message", ""),
        values.getOrDefault("Region", ""),
        values.getOrDefault("Endpoint", ""));
  }

  /// Whether a document is one of an error, with whatever status it came.
  static boolean isError(Buffer body) {
    try {
      return root(body).equals("Error");
    } catch (IOException e) {
      return false;
    }
  }

  /// The text of an element that stands right below the root.
  static String text(Buffer body, String element) throws IOException {
    var text = values(body).get(element);
    if (text == null || text.isEmpty()) {
      throw new IOException("an answer without " + element);
    }
    return text;
  }

  private static Map<String, String> values(Buffer body) throws IOException {
    var values = new HashMap<String, String>();
    parse(body, values::putIfAbsent, new ArrayList<>());
    return values;
  }

  static Listing listing(Buffer body) throws IOException {
    var roots = new ArrayList<String>();
    var values = new HashMap<String, String>();
    var prefixes = new ArrayList<String>();
    var items = new ArrayList<Map<String, String>>();
    parse(
        body,
        (path, text) -> {
          if (path.startsWith("Contents/")) {
            values.put(path, text);
          } else if (path.equals("Contents")) {
            items.add(new HashMap<>(values));
            values.keySet().removeIf(name -> name.startsWith("Contents/"));
          } else if (path.equals("CommonPrefixes/Prefix")) {
            prefixes.add(text);
          } else {
            values.put(path, text);
          }
        },
        roots);
    require(roots.getFirst().equals("ListBucketResult"), "it is no listing");
    boolean encoded = values.getOrDefault("EncodingType", "").equals("url");
    boolean truncated = values.getOrDefault("IsTruncated", "false").equals("true");
    var token = values.get("NextContinuationToken");
    require(!truncated || (token != null && !token.isEmpty()), "it does not say how it goes on");
    try {
      return new Listing(
          items.stream().map(item -> item(item, encoded)).toList(),
          prefixes.stream().map(prefix -> decode(prefix, encoded)).toList(),
          truncated ? token : null);
    } catch (IllegalArgumentException e) {
      throw new IOException("a listing with numbers or names that are none", e);
    }
  }

  private static Item item(Map<String, String> values, boolean encoded) {
    return new Item(
        decode(values.getOrDefault("Contents/Key", ""), encoded),
        Long.parseLong(values.getOrDefault("Contents/Size", "0")),
        instant(values.getOrDefault("Contents/LastModified", "")),
        values.getOrDefault("Contents/ETag", ""));
  }

  static Uploads uploads(Buffer body) throws IOException {
    var roots = new ArrayList<String>();
    var values = new HashMap<String, String>();
    var begun = new ArrayList<Begun>();
    parse(
        body,
        (path, text) -> {
          values.put(path, text);
          if (path.equals("Upload")) {
            begun.add(
                new Begun(
                    values.getOrDefault("Upload/Key", ""),
                    values.getOrDefault("Upload/UploadId", ""),
                    instant(values.getOrDefault("Upload/Initiated", ""))));
            values.keySet().removeIf(name -> name.startsWith("Upload/"));
          }
        },
        roots);
    require(roots.getFirst().equals("ListMultipartUploadsResult"), "it lists no uploads");
    return new Uploads(
        begun,
        values.getOrDefault("IsTruncated", "false").equals("true"),
        values.getOrDefault("NextKeyMarker", ""),
        values.getOrDefault("NextUploadIdMarker", ""));
  }

  private static Instant instant(String text) {
    try {
      // Questions about one object are answered in whole seconds, and must not differ from this.
      return Instant.parse(text).truncatedTo(ChronoUnit.SECONDS);
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  private static String decode(String text, boolean encoded) {
    return encoded ? URLDecoder.decode(text, UTF_8) : text;
  }

  private static String root(Buffer body) throws IOException {
    var first = new ArrayList<String>();
    parse(body, (path, _) -> {}, first);
    return first.getFirst();
  }

  /// Servers send blanks before a late answer, to keep the connection alive.
  private static byte[] stripped(Buffer body) {
    return body.toString(UTF_8)
        .strip()
        .replaceFirst("^(<\\?xml[^>]*\\?>)?\\s+", "$1")
        .getBytes(UTF_8);
  }

  private static void parse(Buffer body, Reader reader, List<String> roots) throws IOException {
    try {
      var xml = FACTORY.createXMLStreamReader(new ByteArrayInputStream(stripped(body)), "UTF-8");
      var path = new ArrayDeque<String>();
      var text = new StringBuilder();
      while (xml.hasNext()) {
        switch (xml.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            if (path.isEmpty()) {
              roots.add(xml.getLocalName());
            }
            path.addLast(xml.getLocalName());
            require(path.size() <= DEPTH_MAX, "it is too deep");
            text.setLength(0);
          }
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
              text.append(xml.getText());
          case XMLStreamConstants.END_ELEMENT -> {
            reader.element(String.join("/", path.stream().skip(1).toList()), text.toString());
            path.removeLast();
            text.setLength(0);
          }
          case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
              throw new IOException("it has a document type");
          default -> {
            // Comments and instructions say nothing.
          }
        }
      }
      require(!roots.isEmpty(), "it has no element");
    } catch (XMLStreamException | IllegalArgumentException e) {
      throw new IOException("an answer that cannot be read as XML", e);
    }
  }

  private static void require(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      throw new IOException("an answer that cannot be read as XML: " + otherwise);
    }
  }

  /// The question that makes one object of parts.
  ///
  /// @param etags of the parts from 1 on
  static byte[] parts(List<String> etags) {
    var xml =
        new StringBuilder(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (int i = 0; i < etags.size(); i++) {
      var etag = etags.get(i).replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
      xml.append("<Part><PartNumber>")
          .append(i + 1)
          .append("</PartNumber><ETag>")
          .append(etag)
          .append("</ETag></Part>");
    }
    return xml.append("</CompleteMultipartUpload>").toString().getBytes(UTF_8);
  }
}
