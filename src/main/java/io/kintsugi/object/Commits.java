package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.ObjectContract.PartStored;
import io.kintsugi.contract.ObjectContract.Stored;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last step of a write: what lies on the origins becomes visible, or the caller is told why
/// not.
final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final long ASK_MILLIS_MAX = 10_000;

  private final Workshop shop;

  Commits(Workshop shop) {
    this.shop = shop;
  }

  Future<Stored> commitObject(
      WriteJob job, Writer.Written written, Condition condition, WriteSession.Hold hold) {
    var info =
        new ObjectInfo(
            job.sizeBytes(),
            written.etag(),
            job.attributes().contentType(),
            job.attributes().headers(),
            job.attributes().metadata(),
            job.created());
    var question =
        new CommitObject(
            hold.session().sessionId(),
            job.bucket(),
            job.key(),
            written.versionId(),
            info,
            written.segments(),
            condition);
    return settle(
            job,
            hold,
            () -> shop.world().bus().ask(CatalogContract.COMMIT_OBJECT, question, askMillis()))
        .onSuccess(_ -> hint(written))
        .map(committed ->
            new Stored(committed.versionId(), committed.info(), committed.publicId(), null));
  }

  Future<PartStored> commitPart(WriteJob job, Writer.Written written, WriteSession.Hold hold) {
    var upload = Objects.requireNonNull(job.upload(), "only a part is committed to an upload");
    var question =
        new CommitPart(
            hold.session().sessionId(),
            job.bucket(),
            job.key(),
            upload.id(),
            upload.part(),
            job.sizeBytes(),
            written.etag(),
            written.segments());
    return settle(
            job,
            hold,
            () -> shop.world().bus().ask(UploadContract.COMMIT_PART, question, askMillis()))
        .onSuccess(_ -> hint(written))
        .map(part -> new PartStored(part.etag(), part.sizeBytes()));
  }

  /// Commits are idempotent by write id, so the same one is asked for until its outcome is known.
  /// If that takes too long, nothing is undone: it may have happened. Its session then takes no new
  /// writes, and its low water never passes this one.
  private <A> Future<A> settle(WriteJob job, WriteSession.Hold hold, Supplier<Future<A>> commit) {
    CrashPoint.WRITE_LANDED.pass();
    var session = hold.session();
    return Retry.whileUnknown(shop.world(), shop.settings().commitMillis(), commit)
        .recover(cause -> {
          var failure = Failure.from(cause);
          if (Retry.isUnknown(failure)) {
            LOG.atWarn()
                .addKeyValue("bucket", job.bucket())
                .addKeyValue("object", job.key())
                .addKeyValue("code", failure.code())
                .log("commit write={} outcome=unknown: {}", hold.first(), failure.text());
            shop.sessions().retire(session);
            return Future.failedFuture(
                Failure.of(FailureCode.TIMEOUT, "it is not known whether the write took effect"));
          }
          hold.release();
          if ("session".equals(failure.detail("what"))) {
            shop.sessions().lose(session, failure.text());
            return Future.failedFuture(
                Failure.of(
                    FailureCode.UNAVAILABLE, "the right to write was lost", "what", "session"));
          }
          return Future.failedFuture(failure);
        })
        .onSuccess(_ -> {
          hold.release();
          CrashPoint.WRITE_COMMITTED.pass();
        });
  }

  private long askMillis() {
    return Math.min(ASK_MILLIS_MAX, shop.settings().commitMillis() / 2);
  }

  private void hint(Writer.Written written) {
    if (written.incomplete() > 0) {
      shop.world()
          .bus()
          .publish(HealContract.DAMAGE_REPORTED, new DamageReported("write", written.incomplete()));
    }
  }
}
