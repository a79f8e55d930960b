package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.driver.Driver;
import io.vertx.core.Future;
import java.util.function.Consumer;

/// Answers for one origin that holds plain files, at `...@<its id>`.
final class FilesHost extends AnyHost<FilePlace> {
  private final Consumer<OriginState> listener;

  FilesHost(
      OriginConfig settings,
      OriginConfig.Member member,
      Driver driver,
      Consumer<OriginState> listener) {
    super(settings, member, driver);
    this.listener = listener;
  }

  @Override
  FilePlace make(Means means) {
    return new FilePlace(means, listener);
  }

  @Override
  Future<?> serve(Means means, FilePlace place) {
    var bus = means.world().bus();
    var id = place.id();
    var listing = new FileListing(place);
    bus.answer(FilesContract.LIST_FILES.at(id), listing::list);
    bus.answer(FilesContract.FIND_FILE.at(id), question -> listing.find(question.path()));
    bus.answer(
        FilesContract.READ_FILE.at(id),
        question -> tally().read(question.lengthBytes(), FileReading.start(place, question)));
    bus.answer(
        FilesContract.HASH_FILE.at(id),
        question -> tally().read(question.stamp().sizeBytes(), FileHashing.start(place, question)));
    new FileWriting(place, tally()).answer(id);
    new MirrorDesk(place).open();
    Sweeping.ofFiles(place.world(), place, means.threads()).start();
    return bus.registered().compose(_ -> place.check());
  }
}
