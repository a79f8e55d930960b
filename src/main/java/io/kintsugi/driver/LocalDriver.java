package io.kintsugi.driver;

import static io.kintsugi.driver.Errno.attempt;
import static io.kintsugi.driver.Errno.perform;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A folder of a local file system.
public sealed class LocalDriver implements Driver permits MountedDriver {
  private final Path root;
  private final StatVfs statVfs = new StatVfs();
  private final OpenFiles files = new OpenFiles();

  public LocalDriver(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  final Path root() {
    return root;
  }

  /// Called before anything is done below the root.
  void requirePresent(String name) throws DriverException {}

  @Override
  public Identity identity() throws DriverException {
    return attempt(
        "",
        () -> {
          var attributes = Files.readAttributes(resolve(""), BasicFileAttributes.class);
          if (!attributes.isDirectory()) {
            throw new DriverException(new Fault.Io("", "not a folder"));
          }
          return new Identity(String.valueOf(attributes.fileKey()));
        });
  }

  @Override
  public void createRoot() throws DriverException {
    perform(
        "",
        () -> {
          var made = new ArrayList<Path>();
          for (var at = resolve(""); at != null && Files.notExists(at); at = at.getParent()) {
            made.add(at);
          }
          Files.createDirectories(root);
          for (var folder : made) {
            force(folder.getParent());
          }
        });
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    return attempt(
        folder,
        () -> {
          var names = new ArrayList<String>();
          try (var entries = Files.newDirectoryStream(resolve(folder))) {
            for (var entry : entries) {
              names.add(String.valueOf(entry.getFileName()));
            }
          } catch (DirectoryIteratorException e) {
            throw e.getCause();
          }
          return names;
        });
  }

  @Override
  public Entry stat(String name) throws DriverException {
    return attempt(name, () -> LocalListing.entry(resolve(name), name.isEmpty(), tellsTags()));
  }

  @Override
  public Page list(String folder, String after, int limit) throws DriverException {
    return attempt(
        folder, () -> LocalListing.page(folder, resolve(folder), after, limit, tellsTags()));
  }

  /// Whether the time of the last change of a file's inode can be trusted to be one.
  boolean tellsTags() {
    return true;
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    perform(folder, () -> createFolder(resolve(folder)));
  }

  private static void createFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    return new LocalFile.Sequential(name, createFile(name), files);
  }

  @Override
  public Publishing createReplacing(String name, long sizeBytes) throws DriverException {
    var target = resolve(name);
    var passing = Passing.beside(name);
    return new LocalFile.Replacing(name, createFile(passing), files, resolve(passing), target);
  }

  @Override
  public Copying copying() throws DriverException {
    return LocalAssembling.COPYING;
  }

  @Override
  public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    var old = base == null ? null : openChannel(base);
    try {
      var passing = Passing.beside(name);
      var file = new LocalAssembling.Beside(resolve(passing), resolve(name));
      return new LocalAssembling(this, name, file, createFile(passing), old, files);
    } catch (DriverException e) {
      if (old != null) {
        files.close(name, old);
      }
      throw e;
    }
  }

  /// File systems of this machine take the time of the kernel's last tick.
  @Override
  public Duration timeGrain() {
    return Duration.ofMillis(50);
  }

  private FileChannel openChannel(String name) throws DriverException {
    return attempt(name, () -> files.add(name, FileChannel.open(resolve(name), READ)));
  }

  @Override
  public boolean canAppend() {
    return true;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    return new LocalFile.Random(name, createFile(name), files);
  }

  private FileChannel createFile(String name) throws DriverException {
    return attempt(
        name,
        () -> {
          var path = resolve(name);
          try {
            return files.add(name, FileChannel.open(path, CREATE_NEW, WRITE));
          } catch (NoSuchFileException e) {
            var folder = path.getParent();
            if (folder == null || folder.equals(root)) {
              throw e;
            }
            createFolder(folder);
            return files.add(name, FileChannel.open(path, CREATE_NEW, WRITE));
          }
        });
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return attempt(
        name,
        () ->
            new LocalFile.Reader(
                name, files.add(name, FileChannel.open(resolve(name), READ)), files));
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    var path = resolve(name);
    DirectReading direct = null;
    if (readsPastCache()) {
      direct =
          Errno.<@Nullable DirectReading>attempt(name, () -> DirectReading.open(name, path, files));
    }
    return direct != null ? direct : openRead(name);
  }

  private boolean readsPastCache() {
    long blockBytes = statVfs.blockBytes(root);
    return blockBytes > 0 && DirectReading.ALIGNMENT % blockBytes == 0;
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return attempt(name, () -> Files.size(resolve(name)));
  }

  @Override
  public void flushFile(String name) throws DriverException {
    perform(name, () -> force(resolve(name)));
  }

  @Override
  public void flushFolder(String folder) throws DriverException {
    perform(folder, () -> force(resolve(folder)));
  }

  @Override
  public byte[] readSmall(String name, int maxBytes) throws DriverException {
    try (var file = openRead(name)) {
      var content = ByteBuffer.allocate(maxBytes);
      file.read(content, 0);
      var bytes = new byte[content.position()];
      content.flip().get(bytes);
      return bytes;
    }
  }

  @Override
  public void createSmall(String name, byte[] content) throws DriverException {
    try (var file = createNew(name)) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
    flushParent(name);
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    try (var file =
        attempt(
            name,
            () ->
                new LocalFile.Sequential(
                    name,
                    files.add(name, FileChannel.open(resolve(name), WRITE, TRUNCATE_EXISTING)),
                    files))) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
    flushParent(name);
  }

  @Override
  public void remove(String name) throws DriverException {
    perform(name, () -> Files.deleteIfExists(resolve(name)));
  }

  @Override
  public void move(String from, String to) throws DriverException {
    perform(
        from,
        () -> {
          var target = resolve(to);
          if (Files.exists(target, NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(to);
          }
          var source = resolve(from);
          var folder = target.getParent();
          if (Files.exists(source) && folder != null && !folder.equals(root)) {
            createFolder(folder);
          }
          // Atomic: a name on another file system within the root is refused, not copied.
          Files.move(source, target, ATOMIC_MOVE);
        });
  }

  private void flushParent(String name) throws DriverException {
    flushFolder(name.contains("/") ? name.substring(0, name.lastIndexOf('/')) : "");
  }

  @Override
  public Space space() throws DriverException {
    return attempt(
        "",
        () -> {
          // Not by its FileStore, which wants a mount table that a chroot may lack.
          var folder = resolve("").toRealPath().toFile();
          return new Space(
              folder.getTotalSpace(), folder.getUsableSpace(), statVfs.freeInodes(root));
        });
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return attempt(folder, () -> Files.isWritable(resolve(folder)));
  }

  @Override
  public @Nullable Watching watch(String folder, Consumer<Change> listener) throws DriverException {
    var path = resolve(folder);
    return attempt(
        folder, () -> files.add(folder, LocalWatch.begin(path, folder, listener, files)));
  }

  @Override
  public void close() {
    files.closeAll();
  }

  private Path resolve(String name) throws DriverException {
    files.requireOpen(name);
    Segments.require(name);
    requirePresent(name);
    try {
      return name.isEmpty() ? root : root.resolve(name);
    } catch (InvalidPathException e) {
      throw new DriverException(new Fault.Io(name, "the file system cannot say this name"), e);
    }
  }

  /// On Linux a folder can be opened for reading and forced like a file.
  private static void force(@Nullable Path path) throws IOException {
    if (path != null) {
      try (var channel = FileChannel.open(path, READ)) {
        channel.force(true);
      }
    }
  }
}
