package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_BUCKET;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.HEAD_OBJECT;
import static io.kintsugi.contract.UploadContract.ABORT_UPLOAD;
import static io.kintsugi.contract.UploadContract.COMMIT_PART;
import static io.kintsugi.contract.UploadContract.COMPLETE_UPLOAD;
import static io.kintsugi.contract.UploadContract.CREATE_UPLOAD;
import static io.kintsugi.contract.UploadContract.FIND_UPLOAD;
import static io.kintsugi.contract.UploadContract.LIST_PARTS;
import static io.kintsugi.contract.UploadContract.LIST_UPLOADS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.HeadObject;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Segment;
import io.kintsugi.contract.UploadContract.AbortUpload;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.CompleteUpload;
import io.kintsugi.contract.UploadContract.CreateUpload;
import io.kintsugi.contract.UploadContract.FindUpload;
import io.kintsugi.contract.UploadContract.ListParts;
import io.kintsugi.contract.UploadContract.ListUploads;
import io.kintsugi.contract.UploadContract.Part;
import io.kintsugi.contract.UploadContract.PartRef;
import io.kintsugi.contract.UploadContract.Upload;
import io.kintsugi.kernel.FailureCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Multipart uploads from their beginning to the object they become (F6).
class CatalogUploadIT {
  private static final long MIB_5 = 5L << 20;
  private static final String MD5_A = "0cc175b9c0f1b6a831c399e269772661";
  private static final String MD5_B = "92eb5ffee6ae2fec3ad71c777531578f";
  private static House house;
  private static String session;

  @BeforeAll
  static void open() {
    house = new House();
    session = house.session();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static Upload upload(String bucket, String key) {
    return house.ask(CREATE_UPLOAD, new CreateUpload(bucket, key, House.info(0, "")));
  }

  /// A part of two segments.
  private static CommitPart part(Upload upload, int number, long sizeBytes, String etag) {
    var layout = new Layout(2, 1);
    long half = sizeBytes / 2;
    var segments =
        List.of(
            house.segment(session, 0, 0, half, layout),
            house.segment(session, 1, half, sizeBytes - half, layout));
    return new CommitPart(
        session,
        upload.bucket(),
        upload.key(),
        upload.uploadId(),
        number,
        sizeBytes,
        etag,
        segments);
  }

  private static CompleteUpload complete(Upload upload, PartRef... parts) {
    return new CompleteUpload(
        upload.bucket(), upload.key(), upload.uploadId(), List.of(parts), Condition.NONE);
  }

  @Test
  void completingMakesTheSegmentsOfThePartsThoseOfTheObject() {
    house.bucket("complete");
    var before = house.put(session, "complete", "k");
    var upload = upload("complete", "k");
    var first = part(upload, 1, MIB_5, MD5_A);
    var second = part(upload, 7, 10, MD5_B);
    house.ask(COMMIT_PART, second);
    house.ask(COMMIT_PART, first);
    house.ask(COMMIT_PART, part(upload, 9, 10, MD5_B));
    var question =
        complete(upload, new PartRef(1, MD5_A.toUpperCase(Locale.ROOT)), new PartRef(7, MD5_B));
    var committed = house.ask(COMPLETE_UPLOAD, question);
    // (printf of both MD5s) | xxd -r -p | md5sum
    assertThat(committed.info().etag()).isEqualTo("96e024ba2074fe77e8e965ba43a704be-2");
    assertThat(committed.versionId()).isEqualTo(first.segments().getFirst().writeId());
    assertThat(committed.seq()).isGreaterThan(before.seq());

    var entry = house.ask(FIND_OBJECT, new FindObject("complete", "k", null));
    assertThat(entry.info().sizeBytes()).isEqualTo(MIB_5 + 10);
    assertThat(entry.info().contentType()).isEqualTo("text/plain");
    assertThat(entry.info().metadata()).containsEntry("colour", "blau");
    assertThat(entry.segments()).extracting(Segment::ordinal).containsExactly(0, 1, 2, 3);
    assertThat(entry.segments())
        .extracting(Segment::offset)
        .containsExactly(0L, MIB_5 / 2, MIB_5, MIB_5 + 5);
    var written = new ArrayList<>(first.segments());
    written.addAll(second.segments());
    assertThat(entry.segments())
        .extracting(Segment::writeId)
        .isEqualTo(written.stream().map(Segment::writeId).toList());
    assertThat(house.ask(HEAD_OBJECT, new HeadObject("complete", "k", null)).partSizes())
        .containsExactly(MIB_5, 10L);

    assertThat(house.ask(COMPLETE_UPLOAD, question)).isEqualTo(committed);
    assertThat(house.refusal(COMPLETE_UPLOAD, complete(upload, new PartRef(1, MD5_A))).code())
        .isEqualTo(FailureCode.NOT_FOUND);
    assertThat(house.refusal(COMMIT_PART, part(upload, 2, 10, MD5_B)).detail("what"))
        .isEqualTo("upload");
    assertThat(
            house.sql(
                "SELECT count(*) FROM segment WHERE live AND owner_id NOT IN"
                    + " (SELECT version_id FROM object) AND owner_id NOT IN (SELECT part_id FROM part)"))
        .isZero();
  }

  @Test
  void whatIsNamedWronglyIsRefusedByItsReason() {
    house.bucket("refused");
    var upload = upload("refused", "k");
    house.ask(COMMIT_PART, part(upload, 1, MIB_5 - 1, MD5_A));
    house.ask(COMMIT_PART, part(upload, 2, 10, MD5_B));
    assertThat(why(complete(upload, new PartRef(2, MD5_B), new PartRef(1, MD5_A))))
        .isEqualTo("invalid-part-order");
    assertThat(why(complete(upload, new PartRef(1, MD5_B)))).isEqualTo("invalid-part");
    assertThat(why(complete(upload, new PartRef(3, MD5_B)))).isEqualTo("invalid-part");
    assertThat(why(complete(upload))).isEqualTo("invalid-part");
    assertThat(why(complete(upload, new PartRef(1, MD5_A), new PartRef(2, MD5_B))))
        .isEqualTo("entity-too-small");
    house.ask(COMPLETE_UPLOAD, complete(upload, new PartRef(2, MD5_B)));
  }

  private static String why(CompleteUpload question) {
    var failure = house.refusal(COMPLETE_UPLOAD, question);
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST);
    return String.valueOf(failure.detail("what"));
  }

  @Test
  void aPartWrittenAgainReplacesTheOneBefore() {
    house.bucket("again");
    var upload = upload("again", "k");
    var old = part(upload, 1, 20, MD5_A);
    var first = house.ask(COMMIT_PART, old);
    assertThat(house.ask(COMMIT_PART, old)).isEqualTo(first);
    var now = house.ask(COMMIT_PART, part(upload, 1, 30, MD5_B));
    house.ask(COMMIT_PART, part(upload, 2, 5, MD5_A));
    var parts = house.ask(LIST_PARTS, new ListParts("again", "k", upload.uploadId(), 0, 1));
    assertThat(parts.parts()).containsExactly(now);
    assertThat(parts.truncated()).isTrue();
    assertThat(house.ask(LIST_PARTS, new ListParts("again", "k", upload.uploadId(), 1, 1)).parts())
        .extracting(Part::number)
        .containsExactly(2);
    var dead =
        house.sql(
            "SELECT count(*) FROM segment WHERE NOT live AND write_id IN ("
                + "'"
                + old.segments().get(0).writeId()
                + "', '"
                + old.segments().get(1).writeId()
                + "')");
    assertThat(dead).isEqualTo(2);
  }

  @Test
  void uploadsAreListedFoundAndAborted() {
    house.bucket("abort");
    var a = upload("abort", "a");
    var b1 = upload("abort", "b");
    var b2 = upload("abort", "b");
    house.ask(COMMIT_PART, part(b1, 1, 10, MD5_A));
    var page = house.ask(LIST_UPLOADS, new ListUploads("abort", "", null, null, 2));
    assertThat(page.uploads()).hasSize(2).startsWith(a);
    assertThat(page.truncated()).isTrue();
    var last = page.uploads().getLast();
    var rest =
        house.ask(LIST_UPLOADS, new ListUploads("abort", "", last.key(), last.uploadId(), 10));
    assertThat(rest.uploads()).hasSize(1).isSubsetOf(b1, b2);
    assertThat(house.ask(FIND_UPLOAD, new FindUpload("abort", "b", b1.uploadId()))).isEqualTo(b1);
    assertThat(house.refusal(FIND_UPLOAD, new FindUpload("abort", "x", b1.uploadId())).code())
        .isEqualTo(FailureCode.NOT_FOUND);
    assertThat(house.refusal(DELETE_BUCKET, new DeleteBucket("abort")).code())
        .isEqualTo(FailureCode.CONFLICT);
    for (var upload : List.of(a, b1, b2, b1)) {
      house.ask(ABORT_UPLOAD, new AbortUpload("abort", upload.key(), upload.uploadId()));
    }
    assertThat(house.refusal(COMPLETE_UPLOAD, complete(b1, new PartRef(1, MD5_A))).code())
        .isEqualTo(FailureCode.NOT_FOUND);
    house.ask(DELETE_BUCKET, new DeleteBucket("abort"));
    assertThat(
            house
                .refusal(COMMIT_OBJECT, house.commitment(session, "abort", "k", Condition.NONE))
                .detail("what"))
        .isEqualTo("bucket");
  }
}
