package io.kintsugi.s3;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Multipart uploads in memory.
final class TwinUploads {
  private record Part(String etag, Buffer body, Instant created) {
    byte[] bytes() {
      return body.getBytes();
    }
  }

  private record Open(UploadContract.Upload upload, TreeMap<Integer, Part> parts) {}

  private static final int PART_BYTES_MIN = 5 * 1024 * 1024;

  private final TwinCatalog catalog;
  private final Map<String, Open> uploads = new TreeMap<>();

  TwinUploads(TwinCatalog catalog) {
    this.catalog = catalog;
  }

  UploadContract.Upload create(UploadContract.CreateUpload ask) {
    catalog.bucket(ask.bucket());
    var id = "%032x".formatted(uploads.size() + 1);
    var upload = new UploadContract.Upload(id, ask.bucket(), ask.key(), ask.info(), Instant.now());
    uploads.put(id, new Open(upload, new TreeMap<>()));
    return upload;
  }

  private Open find(String id) {
    var open = uploads.get(id);
    if (open == null) {
      throw TwinCatalog.missing("upload");
    }
    return open;
  }

  String put(String id, int number, byte[] bytes) {
    var etag = TwinStorage.md5(bytes);
    find(id).parts().put(number, new Part(etag, Buffer.buffer(bytes), Instant.now()));
    return etag;
  }

  UploadContract.Parts parts(UploadContract.ListParts ask) {
    var open = find(ask.uploadId());
    var parts = new ArrayList<UploadContract.Part>();
    open.parts()
        .tailMap(ask.afterNumber(), false)
        .forEach((number, part) ->
            parts.add(
                new UploadContract.Part(number, part.bytes().length, part.etag(), part.created())));
    boolean truncated = parts.size() > ask.max();
    return new UploadContract.Parts(
        open.upload(), truncated ? parts.subList(0, ask.max()) : parts, truncated);
  }

  UploadContract.Uploads list(UploadContract.ListUploads ask) {
    catalog.bucket(ask.bucket());
    var found =
        uploads.values().stream()
            .map(Open::upload)
            .filter(upload -> upload.bucket().equals(ask.bucket()))
            .filter(upload -> upload.key().startsWith(ask.prefix()))
            .toList();
    return new UploadContract.Uploads(found, false);
  }

  void abort(UploadContract.AbortUpload ask) {
    find(ask.uploadId());
    uploads.remove(ask.uploadId());
  }

  CatalogContract.Committed complete(UploadContract.CompleteUpload ask) {
    var open = find(ask.uploadId());
    var all = new ByteArrayOutputStream();
    var digests = new ByteArrayOutputStream();
    var sizes = new ArrayList<Long>();
    for (var ref : ask.parts()) {
      var part = open.parts().get(ref.number());
      if (part == null || !part.etag().equals(ref.etag())) {
        throw invalid("invalid-part");
      }
      if (part.bytes().length < PART_BYTES_MIN && sizes.size() < ask.parts().size() - 1) {
        throw invalid("entity-too-small");
      }
      all.writeBytes(part.bytes());
      digests.writeBytes(HexFormat.of().parseHex(part.etag()));
      sizes.add((long) part.bytes().length);
    }
    var asked = open.upload().info();
    var info =
        new ObjectInfo(
            all.size(),
            TwinStorage.md5(digests.toByteArray()) + "-" + ask.parts().size(),
            asked.contentType(),
            asked.headers(),
            asked.metadata(),
            Instant.now());
    var kept =
        catalog.put(
            ask.bucket(), ask.key(), all.toByteArray(), info, List.copyOf(sizes), ask.condition());
    uploads.remove(ask.uploadId());
    return new CatalogContract.Committed(
        kept.versionId(), 1, info, catalog.publicId(ask.bucket(), kept));
  }

  private static Failure invalid(String what) {
    return Failure.of(FailureCode.INVALID_REQUEST, "the parts are wrong", "what", what);
  }
}
