package io.kintsugi.driver;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One place that holds files, spoken to in names relative to its root with `/` between segments.
///
/// Every call may block, for ever on a hung mount: it is made on threads kept for this place alone.
/// What an implementation promises is written down in its conformance test.
public interface Driver extends AutoCloseable {
  /// What the root is just now. Another disk at the same path is another identity.
  ///
  /// @param key compared, never understood
  record Identity(String key) {}

  /// Room, as the place tells it.
  ///
  /// @param freeBytes what may really be written
  /// @param freeInodes how many more files fit; -1 if the place has no such bound, or does not tell
  record Space(long totalBytes, long freeBytes, long freeInodes) {
    /// Of a place that has no bound, or does not tell.
    public static final Space UNTOLD = new Space(Long.MAX_VALUE, Long.MAX_VALUE, -1);
  }

  /// What bears a name.
  enum Kind {
    FILE,
    FOLDER,
    /// A symbolic link, which is never followed; a device; a name that this port cannot say.
    OTHER
  }

  /// One name in a folder, as the place tells it without opening it.
  ///
  /// @param name the last segment of its path
  /// @param sizeBytes 0 but for a file
  /// @param modified the epoch if the place does not tell
  /// @param tag compared, never understood: as long as it stays the same nobody has written to the
  ///   file by way of the place. Null if the place tells nothing beyond size and time
  record Entry(String name, Kind kind, long sizeBytes, Instant modified, @Nullable String tag) {
    /// Where it stands in a listing: a folder as if its name ended in `/`, so that a folder's
    /// content follows it directly in the order of whole paths.
    public String key() {
      return kind == Kind.FOLDER ? name + "/" : name;
    }
  }

  /// Part of a listing.
  ///
  /// @param next the key to ask on after, even if no entry is here; null at the end
  record Page(List<Entry> entries, @Nullable String next) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /// What happened in a folder that is watched, by paths relative to the root of the place.
  sealed interface Change {
    /// Something bears this path now, or has other content; `folder` tells which.
    record Appeared(String path, boolean folder) implements Change {}

    record Vanished(String path) implements Change {}

    /// More happened below this folder than was told: it has to be looked through.
    record Overflowed(String folder) implements Change {}

    /// Nothing more will be told; whoever still wants to know watches anew.
    record Ended(Fault fault) implements Change {}
  }

  /// What a place does with ranges of a file.
  sealed interface Copying {
    /// It copies them, and none of their bytes come here.
    ///
    /// @param leastBytes of each range, and of all that is written between two, but for the last of
    ///   a file
    /// @param piecesMax how many pieces a file may be made of
    record Within(long leastBytes, int piecesMax) implements Copying {}

    /// Copying is reading and writing again.
    record Never(String why) implements Copying {}
  }

  /// A watch that goes on until it is closed.
  interface Watching extends AutoCloseable {
    /// Nothing is told once this has returned, and neither thread nor descriptor stays; unless the
    /// listener itself calls it, then what it is just told is the last.
    @Override
    void close();
  }

  /// Fails with [Fault.NotFound] if the root is not there.
  Identity identity() throws DriverException;

  /// Makes the root, and whatever is missing above it, findable after a loss of power.
  void createRoot() throws DriverException;

  /// The names in a folder (`""` is the root), in no order; not what lies deeper.
  List<String> list(String folder) throws DriverException;

  /// What bears a name (`""` is the root), without following a symbolic link.
  Entry stat(String name) throws DriverException;

  /// The first names in a folder, in the order of the UTF-8 bytes of their keys; not what lies
  /// deeper, nor what a [Publishing] that never ended left behind. Needs no more memory than
  /// `limit` entries take, however many there are.
  ///
  /// @param after the key ([Entry#key]) that the first one comes after; `""` for the beginning
  Page list(String folder, String after, int limit) throws DriverException;

  /// Makes a folder in one that exists; does nothing if it is there.
  void createFolder(String folder) throws DriverException;

  /// A new file under a name that nothing bears. Makes its folder if only that is missing, never
  /// the one above: a root that vanished stays vanished. The name may not appear before the first
  /// [Writing#flush].
  ///
  /// @param sizeBytes how many bytes will be written; -1 if nobody knows yet
  Writing createNew(String name, long sizeBytes) throws DriverException;

  /// As [#createNew(String, long)], for a length that nobody knows yet.
  default Writing createNew(String name) throws DriverException {
    return createNew(name, -1);
  }

  /// Bytes that will take a name in one step, whatever file bears it until then. Makes its folder
  /// as [#createNew] does. Fails with [Fault.Exists], at the latest when it is published, if a
  /// folder bears the name.
  ///
  /// @param sizeBytes how many bytes will be written; -1 if nobody knows yet
  Publishing createReplacing(String name, long sizeBytes) throws DriverException;

  /// Whether, and in which pieces, the place makes a file of ranges of another by itself.
  default Copying copying() throws DriverException {
    return new Copying.Never("places of this kind copy no ranges");
  }

  /// As [#createReplacing], for a file that has ranges in common with one that is there.
  ///
  /// @param base the file that ranges are copied from, often the one that is to be replaced; null
  ///   if none are
  default Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    throw new DriverException(new Fault.Io(name, "places of this kind copy no ranges"));
  }

  /// How long after a file was written another writing may leave the very same time on it. Nothing
  /// where a place tells tags of the content.
  default Duration timeGrain() {
    return Duration.ofSeconds(2);
  }

  /// Whether the place can do what [#createAppending] promises.
  boolean canAppend();

  /// A new file as [#createNew] makes it, to be grown by offset and flushed again and again while
  /// others read it. Asked for only where [#canAppend] says so.
  Appending createAppending(String name) throws DriverException;

  Reading openRead(String name) throws DriverException;

  /// As [#openRead], for what is read once and then not for long: where the place can do it, the
  /// bytes come from the disk itself and leave the memory of others alone.
  Reading openUncached(String name) throws DriverException;

  /// Bytes of a file, without opening it.
  long sizeOf(String name) throws DriverException;

  /// Returns when the content of a file, whoever wrote it, survives a loss of power.
  void flushFile(String name) throws DriverException;

  /// Returns when the names made in this folder so far survive a loss of power.
  void flushFolder(String folder) throws DriverException;

  /// The content of a small file; longer ones are cut at `maxBytes`.
  byte[] readSmall(String name, int maxBytes) throws DriverException;

  /// A new small file, itself and its name flushed.
  void createSmall(String name, byte[] content) throws DriverException;

  /// Puts other content into a small file that exists, and flushes it and its name.
  void rewriteSmall(String name, byte[] content) throws DriverException;

  /// Takes a file's name away; it survives a loss of power once its folder is flushed. Does nothing
  /// if it is not there.
  void remove(String name) throws DriverException;

  /// Gives a file another name, which nothing may bear yet; makes the folder of that as
  /// [#createNew] does. It survives a loss of power once both folders are flushed.
  void move(String from, String to) throws DriverException;

  Space space() throws DriverException;

  /// Whether a file could be made in this folder now, as far as can be told without making one.
  boolean isWritable(String folder) throws DriverException;

  /// Tells what changes in a folder and below from now on, whoever changes it. The listener is
  /// called by a thread of the watch, and must be quick.
  ///
  /// @return null where the place does not tell
  default @Nullable Watching watch(String folder, Consumer<Change> listener)
      throws DriverException {
    return null;
  }

  /// Gives up writings of a process that died, where the place itself keeps something of them that
  /// nobody sees: those that were begun before then, under names of the caller's own.
  ///
  /// @return how many were given up
  default int giveUp(Instant before, Predicate<String> own) throws DriverException {
    return 0;
  }

  /// What this place cannot do of what is promised here, in words for a person; empty if nothing.
  default List<String> shortcomings() throws DriverException {
    return List.of();
  }

  /// Ends what is under way, which fails with [Fault.Disconnected] as does whatever is asked for
  /// later, and lets go of connections, threads and descriptors. May be called by any thread, and
  /// more than once.
  @Override
  void close();

  /// Something open, to be closed by who opened it.
  interface Opened extends AutoCloseable {
    @Override
    void close() throws DriverException;
  }

  /// A file being written from its first byte on, in order. Used by one thread at a time. Closing
  /// leaves the file as it is.
  interface Writing extends Opened {
    /// Appends all that remains in the buffer.
    void write(ByteBuffer bytes) throws DriverException;

    /// May bring what was written so far nearer to the disk, so that the flush to come has less to
    /// do. Promises nothing; but a fault that it meets is told, because the flush may not meet it
    /// again.
    default void flushAhead() throws DriverException {}

    /// Returns when every byte written survives a loss of power, and the file bears its name. Asked
    /// for when all is written.
    void flush() throws DriverException;
  }

  /// A file that takes its name when it is whole. Until then nobody sees anything of it; closing it
  /// without [#publish] leaves nothing behind. If the process dies, a name that [Passing#is] knows
  /// may stay.
  interface Publishing extends Writing {
    /// Flushes, and gives the file its name in one step: whoever opens the name finds the old
    /// content whole or the new. Asked for once, when all is written. The name survives a loss of
    /// power once its folder is flushed. After a [Fault.Timeout] or [Fault.Disconnected] either may
    /// stand there.
    void publish() throws DriverException;
  }

  /// A file that is put together of ranges of another and of new bytes, in their order.
  interface Assembling extends Publishing {
    /// Appends a range of the other file, as that was when this was made, or as it is now: who
    /// cares looks at its entry before and after.
    void copy(long position, long lengthBytes) throws DriverException;

    /// All that was appended so far, to be read back before it is published; null where a place
    /// shows nothing of it until then. To be closed before this is.
    @Nullable Reading written() throws DriverException;

    /// What the name is told to bear after it was published; null unless it is certain that these
    /// very bytes are what is told of. That needs [Driver#timeGrain] between the last writing and
    /// the publishing where a place tells no tags.
    @Nullable Entry published() throws DriverException;
  }

  /// A file being grown by offset. Used by one thread at a time. Closing leaves the file as it is.
  /// After a failed write or flush nothing is known of what was not flushed before.
  interface Appending extends Opened {
    /// Writes all that remains in the buffer from a position on.
    void write(ByteBuffer bytes, long position) throws DriverException;

    /// Returns when every byte written so far, and the length of the file, survive a loss of power.
    void flush() throws DriverException;
  }

  /// An open file. Used by any number of threads at a time, but closed by the last one alone.
  interface Reading extends Opened {
    long sizeBytes() throws DriverException;

    /// Fills the buffer from a position on; fewer bytes mean that the file ends there.
    int read(ByteBuffer target, long position) throws DriverException;

    /// Says that what lies between two positions will be read soon, from front to back, and that
    /// nobody writes there any more: where the place is far away, some of it may be asked for
    /// before it is read. Returns at once, and holds until the next saying.
    default void expect(long from, long to) {}
  }
}
