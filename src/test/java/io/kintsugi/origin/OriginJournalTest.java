package io.kintsugi.origin;

import static io.kintsugi.contract.OriginJournalContract.APPEND_JOURNAL;
import static io.kintsugi.contract.OriginJournalContract.LIST_JOURNAL;
import static io.kintsugi.contract.OriginJournalContract.READ_JOURNAL;
import static io.kintsugi.contract.OriginJournalContract.REMOVE_JOURNAL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.contract.OriginJournalContract.JournalAppended;
import io.kintsugi.contract.OriginJournalContract.JournalFile;
import io.kintsugi.contract.OriginJournalContract.ListJournal;
import io.kintsugi.contract.OriginJournalContract.ReadJournal;
import io.kintsugi.contract.OriginJournalContract.RemoveJournal;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.JournalName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Journal files on a real folder (G1).
@ExtendWith(VertxExtension.class)
class OriginJournalTest {
  private static final String DISK = "disk-1";
  private static final String FIRST = new JournalName(1, 1, false).fileName();
  private static final String SECOND = new JournalName(1, 2, false).fileName();

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private String deployment;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root(DISK));
    deployment = house.origin(DISK).start(_ -> driver);
  }

  private long append(String name, long offset, String text) throws Exception {
    return append(name, house.incarnation(DISK), offset, text);
  }

  private long append(String name, String incarnation, long offset, String text) throws Exception {
    var bytes = Payload.of(text.getBytes(UTF_8));
    var question = new AppendJournal(name, incarnation, offset, bytes, false);
    return house.ask(APPEND_JOURNAL.at(DISK), question).sizeBytes();
  }

  /// What was written; behind it there is room for more.
  private String text(String name) throws Exception {
    var bytes = Files.readString(house.root(DISK).resolve(JournalName.FOLDER).resolve(name));
    return bytes.replaceAll("\\x00+$", "");
  }

  private static void refused(FailureCode code, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  @Test
  void recordsAreAppendedWhereTheFileEndsAndNowhereElse() throws Exception {
    assertThat(append(FIRST, 0, "one ")).isEqualTo(4);
    assertThat(append(FIRST, 4, "two")).isEqualTo(7);
    assertThat(text(FIRST)).isEqualTo("one two");
    refused(FailureCode.CONFLICT, () -> append(FIRST, 3, "x"));
    // A file on which something went amiss takes no more.
    refused(FailureCode.CONFLICT, () -> append(FIRST, 7, "x"));
    assertThat(text(FIRST)).isEqualTo("one two");
    var files = house.ask(LIST_JOURNAL.at(DISK), new ListJournal());
    assertThat(files.files()).extracting(JournalFile::name).containsExactly(FIRST);
    assertThat(files.files().getFirst().sizeBytes()).isGreaterThanOrEqualTo(7);
    assertThat(files.clusterId()).isEqualTo(House.CLUSTER);
    assertThat(files.markerOriginId()).isEqualTo(DISK);
    var read = house.ask(READ_JOURNAL.at(DISK), new ReadJournal(FIRST, 4, 3)).bytes();
    assertThat(UTF_8.decode(read.view()).toString()).isEqualTo("two");
  }

  /// Who deletes on a full disk is to be answered: that is how there comes to be room.
  @Test
  void roomForRecordsIsMadeBeforeItIsNeeded() throws Exception {
    var file = house.root(DISK).resolve(JournalName.FOLDER).resolve(FIRST);
    long end = append(FIRST, 0, "one");
    long made = Files.size(file);
    assertThat(made).isEqualTo(end + 256 * 1024);
    for (int i = 0; i < 1000; i++) {
      end = append(FIRST, end, "x".repeat(100));
    }
    assertThat(Files.size(file)).as("still the same room").isEqualTo(made);
    for (int i = 0; i < 1000; i++) {
      end = append(FIRST, end, "x".repeat(100));
    }
    assertThat(Files.size(file) - end).isBetween(128L * 1024, 256L * 1024);
    assertThat(text(FIRST)).hasSize((int) end);
    driver.appends = false;
    append(SECOND, 0, "where files only grow in turn");
    assertThat(Files.size(file.resolveSibling(SECOND))).isEqualTo(29);
  }

  /// Where a flush is the end of a file, as it is of an object.
  @Test
  void whereFilesDoNotGrowARecordEndsItsFileAndASnapshotIsFlushedOnlyWhenItIsWhole()
      throws Exception {
    driver.appends = false;
    var record = ask(FIRST, 0, "one", false);
    assertThat(record.ended()).isTrue();
    assertThat(text(FIRST)).isEqualTo("one");
    refused(FailureCode.CONFLICT, () -> append(FIRST, 3, "two"));
    append(SECOND, 0, "two");

    var snapshot = new JournalName(1, 3, true).fileName();
    int flushes = driver.fileFlushes.get();
    assertThat(ask(snapshot, 0, "piece ", false).ended()).isNull();
    assertThat(ask(snapshot, 6, "piece ", false).ended()).isNull();
    assertThat(driver.fileFlushes.get()).isEqualTo(flushes);
    assertThat(ask(snapshot, 12, "end", true).sizeBytes()).isEqualTo(15);
    assertThat(driver.fileFlushes.get()).isEqualTo(flushes + 1);
    assertThat(text(snapshot)).isEqualTo("piece piece end");
    assertThat(house.ask(LIST_JOURNAL.at(DISK), new ListJournal()).files())
        .contains(new JournalFile(FIRST, 3), new JournalFile(snapshot, 15));
  }

  private JournalAppended ask(String name, long offset, String text, boolean last)
      throws Exception {
    var bytes = Payload.of(text.getBytes(UTF_8));
    var question = new AppendJournal(name, house.incarnation(DISK), offset, bytes, last);
    return house.ask(APPEND_JOURNAL.at(DISK), question);
  }

  @Test
  void whatAnotherLifeWroteIsNeverWrittenAgain() throws Exception {
    append(FIRST, 0, "before");
    house.stop(deployment);
    house.start(_ -> driver);
    refused(FailureCode.CONFLICT, () -> append(FIRST, 6, "after"));
    assertThatThrownBy(() -> append(FIRST, 0, "after")).isInstanceOf(Failure.class);
    assertThat(text(FIRST)).isEqualTo("before");
  }

  @Test
  void aFailedWriteIsToldAndItsFileTakesNoMore() throws Exception {
    append(FIRST, 0, "one");
    driver.onWrite = new Fault.Full(FIRST);
    refused(FailureCode.STORAGE_ERROR, () -> append(FIRST, 3, "two"));
    driver.onWrite = null;
    refused(FailureCode.CONFLICT, () -> append(FIRST, 3, "two"));
    // The origin is full for shards; a record still goes where it fits.
    assertThat(append(SECOND, 0, "two")).isEqualTo(3);
  }

  @Test
  void onlyThisLifeOfTheOriginIsWritten() throws Exception {
    refused(FailureCode.UNAVAILABLE, () -> append(FIRST, "0".repeat(16), 0, "x"));
    refused(FailureCode.INVALID_REQUEST, () -> append("../escape", 0, "x"));
    assertThat(house.root(DISK).resolve(JournalName.FOLDER).resolve(FIRST)).doesNotExist();
  }

  @Test
  void oldFilesAreRemovedAndNoneThatIsBeingWritten() throws Exception {
    append(FIRST, 0, "old");
    house.stop(deployment);
    house.start(_ -> driver);
    append(SECOND, 0, "new");
    house.ask(
        REMOVE_JOURNAL.at(DISK),
        new RemoveJournal(house.incarnation(DISK), List.of(FIRST, SECOND), "test"));
    assertThat(house.root(DISK).resolve(JournalName.FOLDER).resolve(FIRST)).doesNotExist();
    assertThat(text(SECOND)).isEqualTo("new");
  }

  @Test
  void aJournalIsReadThoughItsOriginIsForeignToThisCatalog() throws Exception {
    append(FIRST, 0, "mine");
    house.stop(deployment);
    house.rows.clear();
    house.start(_ -> driver);
    var files = house.ask(LIST_JOURNAL.at(DISK), new ListJournal());
    assertThat(files.files()).extracting(JournalFile::name).containsExactly(FIRST);
    assertThat(files.clusterId()).isEqualTo(House.CLUSTER);
    var read = house.ask(READ_JOURNAL.at(DISK), new ReadJournal(FIRST, 0, 4)).bytes();
    assertThat(UTF_8.decode(read.view()).toString()).isEqualTo("mine");
  }
}
