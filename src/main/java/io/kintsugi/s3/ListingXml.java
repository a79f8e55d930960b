package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pages of a listing as the three ways to list a bucket answer them.
@Pure
final class ListingXml {
  private ListingXml() {}

  static void owner(Xml xml, String element) {
    xml.open(element).put("ID", Xml.OWNER).put("DisplayName", Xml.OWNER).close();
  }

  /// A key or prefix as the client wants it. A space becomes `%20`, which every decoder reads.
  static @Nullable String text(@Nullable String value, boolean urlEncoded) {
    return value == null || !urlEncoded ? value : UriText.encode(value, true);
  }

  static String token(String after) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(after.getBytes(StandardCharsets.UTF_8));
  }

  static String afterOf(String token) {
    try {
      return Names.text(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT,
          "The continuation token provided is incorrect.",
          "ArgumentName",
          "continuation-token");
    }
  }

  static Xml v1(Operation.ListObjectsV1 list, CatalogContract.ObjectPage page) {
    var window = list.window();
    boolean encoded = window.urlEncoded();
    var marker = list.marker();
    var xml = begin("ListBucketResult", list.bucket(), window);
    xml.put("Marker", text(marker == null ? "" : marker, encoded));
    xml.put("NextMarker", text(page.nextAfter(), encoded));
    xml.put("IsTruncated", page.nextAfter() != null);
    for (var object : page.objects()) {
      xml.open("Contents");
      object(xml, object, encoded);
      owner(xml, "Owner");
      xml.close();
    }
    return prefixes(xml, page.commonPrefixes(), encoded);
  }

  static Xml v2(Operation.ListObjectsV2 list, CatalogContract.ObjectPage page) {
    var window = list.window();
    boolean encoded = window.urlEncoded();
    var next = page.nextAfter();
    var xml = begin("ListBucketResult", list.bucket(), window);
    xml.put("KeyCount", page.objects().size() + page.commonPrefixes().size());
    xml.put("ContinuationToken", list.token());
    xml.put("NextContinuationToken", next == null ? null : token(next));
    xml.put("StartAfter", text(list.startAfter(), encoded));
    xml.put("IsTruncated", next != null);
    for (var object : page.objects()) {
      xml.open("Contents");
      object(xml, object, encoded);
      if (list.fetchOwner()) {
        owner(xml, "Owner");
      }
      xml.close();
    }
    return prefixes(xml, page.commonPrefixes(), encoded);
  }

  static Xml versions(Operation.ListObjectVersions list, CatalogContract.VersionPage page) {
    var window = list.window();
    boolean encoded = window.urlEncoded();
    var marker = list.keyMarker();
    var versionMarker = list.versionMarker();
    var next = page.nextKey();
    var xml = begin("ListVersionsResult", list.bucket(), window);
    xml.put("KeyMarker", text(marker == null ? "" : marker, encoded));
    xml.put("VersionIdMarker", versionMarker == null ? "" : versionMarker);
    xml.put("NextKeyMarker", text(next, encoded));
    xml.put("NextVersionIdMarker", page.nextVersion());
    xml.put("IsTruncated", next != null);
    for (var version : page.versions()) {
      xml.open(version.marker() ? "DeleteMarker" : "Version")
          .put("Key", text(version.key(), encoded))
          .put("VersionId", version.publicId())
          .put("IsLatest", version.latest())
          .put("LastModified", version.created());
      if (!version.marker()) {
        xml.put("ETag", ObjectHeaders.quoted(version.etag()))
            .put("Size", version.sizeBytes())
            .put("StorageClass", "STANDARD");
      }
      owner(xml, "Owner");
      xml.close();
    }
    return prefixes(xml, page.commonPrefixes(), encoded);
  }

  private static Xml begin(String root, String bucket, Operation.Window window) {
    boolean encoded = window.urlEncoded();
    return Xml.document(root)
        .put("Name", bucket)
        .put("Prefix", text(window.prefix(), encoded))
        .put("Delimiter", text(window.delimiter(), encoded))
        .put("MaxKeys", window.max())
        .put("EncodingType", encoded ? "url" : null);
  }

  private static void object(Xml xml, CatalogContract.ListedObject object, boolean encoded) {
    xml.put("Key", text(object.key(), encoded))
        .put("LastModified", object.created())
        .put("ETag", ObjectHeaders.quoted(object.etag()))
        .put("Size", object.sizeBytes())
        .put("StorageClass", "STANDARD");
  }

  private static Xml prefixes(Xml xml, List<String> prefixes, boolean encoded) {
    for (var prefix : prefixes) {
      xml.open("CommonPrefixes").put("Prefix", text(prefix, encoded)).close();
    }
    return xml;
  }
}
