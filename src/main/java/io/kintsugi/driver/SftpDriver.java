package io.kintsugi.driver;

import io.kintsugi.driver.SftpFile.Writer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.jspecify.annotations.Nullable;

/// A folder on an SSH server, by SFTP version 3 with the extensions of OpenSSH where it has them.
///
/// The protocol cannot flush a folder. Names survive a loss of the server's power once its file
/// system has written them by itself; a shard or a copy that is lost by that is healed like any
/// other. [#shortcomings] says what else this server lacks.
public final class SftpDriver implements Driver {
  private static final Set<OpenMode> NEW =
      EnumSet.of(OpenMode.Create, OpenMode.Exclusive, OpenMode.Write);

  private final SftpSettings settings;
  private final SftpConnecting connecting;
  private final LinkPool<SftpLink> links;
  private final Semaphore runs = new Semaphore(ReadAhead.RUNS);

  public SftpDriver(SftpSettings settings) {
    this.settings = settings;
    connecting = new SftpConnecting(settings);
    links = new LinkPool<>(settings.links(), connecting);
  }

  private interface Work<T> {
    T call(SftpLink link) throws IOException, DriverException;
  }

  /// What may be done twice without harm.
  private <T> T ask(String name, Work<T> work) throws DriverException {
    return links.run(name, true, link -> translate(name, link, work));
  }

  private <T> T once(String name, Work<T> work) throws DriverException {
    return links.run(name, false, link -> translate(name, link, work));
  }

  private <T> T translate(String name, SftpLink link, Work<T> work) throws DriverException {
    Segments.require(name);
    try {
      return work.call(link);
    } catch (IOException e) {
      links.requireOpen(name);
      throw SftpFaults.exception(name, e);
    } catch (IllegalStateException e) {
      // How the library says that it is being closed.
      throw new DriverException(new Fault.Disconnected(name, "closed"), e);
    }
  }

  private String path(String name) {
    var root = settings.root().isEmpty() ? "." : settings.root();
    return name.isEmpty() ? root : root + "/" + name;
  }

  @Override
  public Identity identity() throws DriverException {
    return ask(
        "",
        link -> {
          if (!link.sftp().stat(path("")).isDirectory()) {
            throw new DriverException(new Fault.Io("", "not a folder"));
          }
          return new Identity(
              settings.host()
                  + ":"
                  + settings.port()
                  + link.sftp().canonicalPath(path(""))
                  + "#"
                  + room(link).fileSystem());
        });
  }

  private SftpRoom room(SftpLink link) throws IOException {
    return SftpRoom.of(link, path(""));
  }

  @Override
  public void createRoot() throws DriverException {
    once(
        "",
        link -> {
          SftpNames.createFolders(link.sftp(), path(""));
          return true;
        });
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    return ask(
        folder,
        link -> {
          var names = new ArrayList<String>();
          SftpNames.each(link.sftp(), path(folder), entry -> names.add(entry.getFilename()));
          return names;
        });
  }

  @Override
  public Entry stat(String name) throws DriverException {
    return ask(
        name,
        link ->
            name.isEmpty()
                ? SftpNames.entry("", link.sftp().stat(path("")))
                : SftpNames.entry(Segments.last(name), link.sftp().lstat(path(name))));
  }

  @Override
  public Page list(String folder, String after, int limit) throws DriverException {
    return ask(folder, link -> SftpNames.page(link.sftp(), path(folder), after, limit));
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    ask(
        folder,
        link -> {
          SftpNames.createFolder(link.sftp(), path(folder));
          return true;
        });
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    return new SftpFile.Sequential(create(name));
  }

  @Override
  public Publishing createReplacing(String name, long sizeBytes) throws DriverException {
    var passing = Passing.beside(name);
    return new SftpPublishing(this, name, passing, new SftpFile.Sequential(create(passing)));
  }

  @Override
  public Copying copying() throws DriverException {
    return ask("", SftpAssembling::copying);
  }

  @Override
  public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    var passing = Passing.beside(name);
    var file = open(passing, false, link -> openNew(link, passing));
    var way = new SftpAssembling.Way(this, name, passing, settings.links().timeout());
    return SftpAssembling.begin(
        way, file, base == null ? null : path(base), new Writer(file, this::diagnose));
  }

  @Override
  public boolean canAppend() {
    return true;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    return new SftpFile.Random(create(name));
  }

  private Writer create(String name) throws DriverException {
    return new Writer(open(name, false, link -> openNew(link, name)), this::diagnose);
  }

  private CloseableHandle openNew(SftpLink link, String name) throws IOException, DriverException {
    try {
      return link.sftp().open(path(name), NEW);
    } catch (IOException e) {
      var fault = SftpFaults.fault(name, e);
      if (fault instanceof Fault.NotFound && !Segments.folder(name).isEmpty()) {
        SftpNames.createFolder(link.sftp(), path(Segments.folder(name)));
        return link.sftp().open(path(name), NEW);
      }
      if (fault instanceof Fault.Io && SftpNames.lookUp(link.sftp(), path(name)) != null) {
        throw new DriverException(new Fault.Exists(name), e);
      }
      throw new DriverException(diagnose(link, name, fault), e);
    }
  }

  /// Opens on a connection that then belongs to the file as long as it is open.
  private SftpFile open(String name, boolean repeatable, Work<CloseableHandle> work)
      throws DriverException {
    return links.open(
        name,
        repeatable,
        lease ->
            new SftpFile(
                name,
                lease,
                translate(name, lease.connection(), work),
                settings.links().timeout()));
  }

  private Fault diagnose(String name, Fault told) {
    try {
      return ask(name, link -> diagnose(link, name, told));
    } catch (DriverException e) {
      return told;
    }
  }

  /// OpenSSH says `Failure` for a full disk and for one that takes no writes alike.
  private Fault diagnose(SftpLink link, String name, Fault told) throws IOException {
    if (!(told instanceof Fault.Io)) {
      return told;
    }
    var room = room(link);
    if (room.isReadOnly()) {
      return new Fault.ReadOnly(name);
    }
    return room.isFull() ? new Fault.Full(name) : told;
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return new SftpFile.Reader(
        open(name, true, link -> link.sftp().open(path(name), EnumSet.of(OpenMode.Read))), runs);
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    return openRead(name);
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return ask(name, link -> link.sftp().stat(path(name)).getSize());
  }

  @Override
  public void flushFile(String name) throws DriverException {
    ask(
        name,
        link -> {
          try (var handle = link.sftp().open(path(name), EnumSet.of(OpenMode.Read))) {
            if (link.sync() != null) {
              link.sync().fsync(handle);
            }
          }
          return true;
        });
  }

  /// The protocol has no word for it; that the folder is there is all that can be made sure of.
  @Override
  public void flushFolder(String folder) throws DriverException {
    ask(folder, link -> link.sftp().stat(path(folder)));
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
    try (var file = createNew(name, content.length)) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    var truncate = EnumSet.of(OpenMode.Write, OpenMode.Truncate);
    var file = open(name, false, link -> link.sftp().open(path(name), truncate));
    try (var writing = new SftpFile.Sequential(new Writer(file, this::diagnose))) {
      writing.write(ByteBuffer.wrap(content));
      writing.flush();
    }
  }

  @Override
  public void remove(String name) throws DriverException {
    ask(
        name,
        link -> {
          try {
            link.sftp().remove(path(name));
          } catch (IOException e) {
            if (!(SftpFaults.fault(name, e) instanceof Fault.NotFound)) {
              throw e;
            }
          }
          return true;
        });
  }

  /// By the plain renaming of the protocol, which replaces nothing.
  @Override
  public void move(String from, String to) throws DriverException {
    Segments.require(to);
    once(
        from,
        link -> {
          if (SftpNames.lookUp(link.sftp(), path(to)) != null) {
            throw new DriverException(new Fault.Exists(to));
          }
          link.sftp().lstat(path(from));
          var folder = Segments.folder(to);
          if (!folder.isEmpty()) {
            SftpNames.createFolder(link.sftp(), path(folder));
          }
          link.sftp().rename(path(from), path(to));
          return true;
        });
  }

  /// Lets a file take the name of another in one step.
  void replace(String passing, String name) throws DriverException {
    once(
        name,
        link -> {
          var there = SftpNames.lookUp(link.sftp(), path(name));
          if (there != null && there.isDirectory()) {
            throw new DriverException(new Fault.Exists(name));
          }
          if (link.rename() != null) {
            link.rename().posixRename(path(passing), path(name));
          } else if (there == null) {
            link.sftp().rename(path(passing), path(name));
          } else {
            throw new DriverException(
                new Fault.Misconfigured(name, "this server cannot replace a file in one step"));
          }
          return true;
        });
  }

  @Override
  public Space space() throws DriverException {
    return ask("", link -> room(link).space());
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return ask(
        folder,
        link -> {
          var there = SftpNames.lookUp(link.sftp(), path(folder));
          return there != null && there.isDirectory() && !room(link).isReadOnly();
        });
  }

  @Override
  public List<String> shortcomings() throws DriverException {
    return ask(
        "",
        link -> {
          var lacks = new ArrayList<String>();
          lacks.add("a folder cannot be flushed by SFTP");
          if (link.sync() == null) {
            lacks.add("the server does not offer fsync@openssh.com: nothing can be flushed");
          }
          if (link.rename() == null) {
            lacks.add(
                "the server does not offer posix-rename@openssh.com: no file can be replaced");
          }
          if (link.room() == null) {
            lacks.add("the server does not offer statvfs@openssh.com: its room is not known");
          }
          return lacks;
        });
  }

  /// How many connections there are just now.
  int connections() {
    return links.size();
  }

  @Override
  public void close() {
    links.close();
    connecting.close();
  }
}
