package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.UploadContract;
import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// The XML documents that clients send. They are small, their size is bounded before they come
/// here, and nothing outside of them is ever loaded.
final class Documents {
  private static final int KEYS_MAX = 1000;
  private static final int PARTS_MAX = 10_000;
  private static final int DEPTH_MAX = 8;
  private static final XMLInputFactory FACTORY = factory();

  /// The keys that one request deletes.
  record Delete(List<CatalogContract.DeleteKey> keys, boolean quiet) {
    Delete {
      keys = List.copyOf(keys);
    }
  }

  private Documents() {}

  private static XMLInputFactory factory() {
    var factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }

  /// The region that a bucket is to be in, or null if the document, or its element, is empty.
  static @Nullable String location(byte[] document) {
    if (document.length == 0) {
      return null;
    }
    var root = new Element("CreateBucketConfiguration", document);
    var text = root.values.get("LocationConstraint");
    return text == null || text.isBlank() ? null : text.strip();
  }

  /// The word that a bucket's versioning is to be set to.
  static String versioning(byte[] document) {
    var root = new Element("VersioningConfiguration", document);
    var mfaDelete = root.values.get("MfaDelete");
    if (mfaDelete != null && !mfaDelete.strip().equals("Disabled")) {
      throw noMfaDelete();
    }
    var status = root.values.get("Status");
    if (status == null) {
      throw S3Error.of(ErrorCode.ILLEGAL_VERSIONING);
    }
    return switch (status.strip()) {
      case "Enabled", "Suspended" -> status.strip();
      default -> throw S3Error.of(ErrorCode.MALFORMED_XML);
    };
  }

  static S3Error noMfaDelete() {
    return S3Error.of(ErrorCode.NOT_IMPLEMENTED, "MFA delete is not implemented.");
  }

  static Delete delete(byte[] document) {
    var root = new Element("Delete", document);
    var keys = new ArrayList<CatalogContract.DeleteKey>();
    for (var object : root.children("Object")) {
      var key = object.get("Key");
      if (key == null || key.isEmpty()) {
        throw S3Error.of(ErrorCode.MALFORMED_XML);
      }
      var etag = object.get("ETag");
      var condition = etag == null ? Condition.NONE : new Condition(Preconditions.etag(etag), null);
      keys.add(
          new CatalogContract.DeleteKey(
              Names.key(key), Operations.versionId(object.get("VersionId")), condition));
    }
    if (keys.isEmpty() || keys.size() > KEYS_MAX) {
      throw S3Error.of(ErrorCode.MALFORMED_XML);
    }
    return new Delete(keys, "true".equals(root.values.get("Quiet")));
  }

  static List<UploadContract.PartRef> complete(byte[] document) {
    var root = new Element("CompleteMultipartUpload", document);
    var parts = new ArrayList<UploadContract.PartRef>();
    for (var part : root.children("Part")) {
      var etag = part.get("ETag");
      if (etag == null) {
        throw S3Error.of(ErrorCode.MALFORMED_XML);
      }
      parts.add(
          new UploadContract.PartRef(number(part.get("PartNumber")), Preconditions.etag(etag)));
    }
    if (parts.isEmpty() || parts.size() > PARTS_MAX) {
      throw S3Error.of(ErrorCode.MALFORMED_XML);
    }
    for (int i = 1; i < parts.size(); i++) {
      if (parts.get(i).number() <= parts.get(i - 1).number()) {
        throw S3Error.of(ErrorCode.INVALID_PART_ORDER);
      }
    }
    return parts;
  }

  private static int number(@Nullable String text) {
    try {
      int number = Integer.parseInt(text == null ? "" : text.strip());
      if (number >= 1 && number <= PARTS_MAX) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw S3Error.of(ErrorCode.MALFORMED_XML);
    }
    throw S3Error.of(ErrorCode.INVALID_ARGUMENT, "Part number must be between 1 and 10000.");
  }

  /// A root element, its leaf children, and the leaves of its other children: no document of S3
  /// that matters here is deeper.
  private static final class Element {
    private record Child(String name, Map<String, String> leaves) {}

    private final Map<String, String> values = new HashMap<>();
    private final List<Child> children = new ArrayList<>();

    Element(String root, byte[] document) {
      try {
        var reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(document));
        read(root, reader);
        reader.close();
      } catch (XMLStreamException e) {
        throw S3Error.of(ErrorCode.MALFORMED_XML);
      }
    }

    private void read(String root, XMLStreamReader reader) throws XMLStreamException {
      var path = new ArrayDeque<String>();
      var leaves = new HashMap<String, String>();
      var text = new StringBuilder();
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamReader.START_ELEMENT -> {
            path.push(reader.getLocalName());
            check(root, path);
            text.setLength(0);
          }
          case XMLStreamReader.CHARACTERS, XMLStreamReader.CDATA -> text.append(reader.getText());
          case XMLStreamReader.END_ELEMENT -> {
            var name = path.pop();
            if (path.size() == 1) {
              values.put(name, text.toString());
              children.add(new Child(name, Map.copyOf(leaves)));
              leaves.clear();
            } else if (path.size() == 2) {
              leaves.put(name, text.toString());
            }
            text.setLength(0);
          }
          case XMLStreamReader.DTD -> throw S3Error.of(ErrorCode.MALFORMED_XML);
          default -> {}
        }
      }
    }

    private static void check(String root, ArrayDeque<String> path) {
      if (path.size() > DEPTH_MAX || !path.peekLast().equals(root)) {
        throw S3Error.of(ErrorCode.MALFORMED_XML);
      }
    }

    List<Map<String, String>> children(String name) {
      return children.stream()
          .filter(child -> child.name().equals(name))
          .map(Child::leaves)
          .toList();
    }
  }
}
