package io.kintsugi.s3;

import io.kintsugi.contract.UploadContract;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Multipart uploads from beginning to end, but for the bytes of their parts.
final class UploadHandlers {
  private static final int DOCUMENT_BYTES_MAX = 8 * 1024 * 1024;

  /// Sorts behind every key that begins with the same prefix.
  private static final String LAST_OF_ALL = Character.toString(Character.MAX_CODE_POINT);

  private final World world;
  private final Patience patience;

  UploadHandlers(World world, Patience patience) {
    this.world = world;
    this.patience = patience;
  }

  Future<Void> create(Requested requested, Operation.CreateUpload create) {
    ObjectHeaders.refuseUnkept(requested.head());
    var info = ObjectHeaders.info(requested.head(), 0, world.clock().instant());
    return world
        .bus()
        .ask(
            UploadContract.CREATE_UPLOAD,
            new UploadContract.CreateUpload(create.bucket(), create.key(), info))
        .onSuccess(upload ->
            requested
                .exchange()
                .answer(
                    200,
                    Xml.document("InitiateMultipartUploadResult")
                        .put("Bucket", create.bucket())
                        .put("Key", create.key())
                        .put("UploadId", upload.uploadId())))
        .mapEmpty();
  }

  Future<Void> complete(Requested requested, Operation.CompleteUpload complete) {
    return SmallBody.read(world, requested, DOCUMENT_BYTES_MAX, false)
        .map(Documents::complete)
        .compose(parts -> {
          var answer =
              world
                  .bus()
                  .ask(
                      UploadContract.COMPLETE_UPLOAD,
                      new UploadContract.CompleteUpload(
                          complete.bucket(),
                          complete.key(),
                          complete.uploadId(),
                          parts,
                          Preconditions.ofTarget(requested.head())))
                  .map(committed -> {
                    requested.exchange().announce(StoreHandlers.VERSION_ID, committed.publicId());
                    return Xml.document("CompleteMultipartUploadResult")
                        .put("Location", location(requested, complete))
                        .put("Bucket", complete.bucket())
                        .put("Key", complete.key())
                        .put("ETag", ObjectHeaders.quoted(committed.info().etag()));
                  });
          return patience.answer(requested.exchange(), answer);
        });
  }

  static String location(Requested requested, Operation.CompleteUpload complete) {
    var host = requested.head().header("host");
    return "http://"
        + (host == null ? "" : host)
        + "/"
        + UriText.encode(complete.bucket() + "/" + complete.key(), true);
  }

  Future<Void> abort(Requested requested, Operation.AbortUpload abort) {
    return world
        .bus()
        .ask(
            UploadContract.ABORT_UPLOAD,
            new UploadContract.AbortUpload(abort.bucket(), abort.key(), abort.uploadId()))
        .onSuccess(_ -> requested.exchange().answer(204))
        .mapEmpty();
  }

  Future<Void> parts(Requested requested, Operation.ListParts list) {
    return parts(requested, list, list.bucket(), list.key());
  }

  /// @param bucket where the parts are kept
  Future<Void> parts(Requested requested, Operation.ListParts list, String bucket, String key) {
    return world
        .bus()
        .ask(
            UploadContract.LIST_PARTS,
            new UploadContract.ListParts(
                bucket, key, list.uploadId(), list.afterNumber(), list.max()))
        .onSuccess(parts -> requested.exchange().answer(200, xml(list, parts)))
        .mapEmpty();
  }

  private static Xml xml(Operation.ListParts list, UploadContract.Parts parts) {
    var xml =
        Xml.document("ListPartsResult")
            .put("Bucket", list.bucket())
            .put("Key", ListingXml.text(list.key(), list.urlEncoded()))
            .put("UploadId", list.uploadId())
            .put("PartNumberMarker", list.afterNumber())
            .put("MaxParts", list.max())
            .put("IsTruncated", parts.truncated())
            .put("EncodingType", list.urlEncoded() ? "url" : null);
    if (parts.truncated() && !parts.parts().isEmpty()) {
      xml.put("NextPartNumberMarker", parts.parts().getLast().number());
    }
    for (var part : parts.parts()) {
      xml.open("Part")
          .put("PartNumber", part.number())
          .put("LastModified", part.created())
          .put("ETag", ObjectHeaders.quoted(part.etag()))
          .put("Size", part.sizeBytes())
          .close();
    }
    ListingXml.owner(xml, "Initiator");
    ListingXml.owner(xml, "Owner");
    return xml.put("StorageClass", "STANDARD");
  }

  Future<Void> list(Requested requested, Operation.ListUploads list) {
    return world
        .bus()
        .ask(
            UploadContract.LIST_UPLOADS,
            new UploadContract.ListUploads(
                list.bucket(),
                list.window().prefix(),
                list.keyMarker(),
                list.keyMarker() == null ? null : list.uploadIdMarker(),
                list.window().max()))
        .onSuccess(uploads -> requested.exchange().answer(200, xml(list, uploads)))
        .mapEmpty();
  }

  private static Xml xml(Operation.ListUploads list, UploadContract.Uploads uploads) {
    var window = list.window();
    boolean encoded = window.urlEncoded();
    var marker = list.keyMarker();
    var idMarker = list.uploadIdMarker();
    var xml =
        Xml.document("ListMultipartUploadsResult")
            .put("Bucket", list.bucket())
            .put("KeyMarker", ListingXml.text(marker == null ? "" : marker, encoded))
            .put("UploadIdMarker", idMarker == null ? "" : idMarker)
            .put("Prefix", ListingXml.text(window.prefix(), encoded))
            .put("Delimiter", ListingXml.text(window.delimiter(), encoded))
            .put("MaxUploads", window.max())
            .put("IsTruncated", uploads.truncated())
            .put("EncodingType", encoded ? "url" : null);
    if (uploads.truncated() && !uploads.uploads().isEmpty()) {
      next(xml, window, uploads.uploads().getLast());
    }
    var prefixes = new TreeSet<String>();
    for (var upload : uploads.uploads()) {
      var group = group(window, upload.key());
      if (group == null) {
        upload(xml, upload, encoded);
      } else {
        prefixes.add(group);
      }
    }
    for (var prefix : prefixes) {
      xml.open("CommonPrefixes").put("Prefix", ListingXml.text(prefix, encoded)).close();
    }
    return xml;
  }

  /// A page that ends within a group goes on behind the whole group.
  private static void next(Xml xml, Operation.Window window, UploadContract.Upload last) {
    var group = group(window, last.key());
    var key = group == null ? last.key() : group + LAST_OF_ALL;
    xml.put("NextKeyMarker", ListingXml.text(key, window.urlEncoded()));
    xml.put("NextUploadIdMarker", group == null ? last.uploadId() : "");
  }

  private static @Nullable String group(Operation.Window window, String key) {
    var delimiter = window.delimiter();
    if (delimiter == null) {
      return null;
    }
    int at = key.indexOf(delimiter, window.prefix().length());
    return at < 0 ? null : key.substring(0, at + delimiter.length());
  }

  private static void upload(Xml xml, UploadContract.Upload upload, boolean encoded) {
    xml.open("Upload")
        .put("Key", ListingXml.text(upload.key(), encoded))
        .put("UploadId", upload.uploadId());
    ListingXml.owner(xml, "Initiator");
    ListingXml.owner(xml, "Owner");
    xml.put("StorageClass", "STANDARD").put("Initiated", upload.created()).close();
  }
}
