package io.kintsugi.driver;

import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_CREATE;
import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_OPEN;
import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_OVERWRITE;

import com.hierynomus.msdtyp.AccessMask;
import com.hierynomus.msfscc.FileAttributes;
import com.hierynomus.mssmb2.SMB2CreateDisposition;
import com.hierynomus.mssmb2.SMB2CreateOptions;
import com.hierynomus.mssmb2.SMB2ShareAccess;
import com.hierynomus.smbj.share.DiskShare;
import com.hierynomus.smbj.share.File;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A folder of a share on an SMB 3 server.
///
/// Servers of this kind let nobody take a file's place while it is open elsewhere, so a publishing
/// waits a while for readers and then fails with [Fault.Denied]. Where names differ by case alone
/// the server may take them for one.
public final class SmbDriver implements Driver {
  private static final Set<SMB2ShareAccess> SHARED = SMB2ShareAccess.ALL;

  private final SmbSettings settings;
  private final LinkPool<SmbLink> links;
  private final Semaphore runs = new Semaphore(ReadAhead.RUNS);

  public SmbDriver(SmbSettings settings) {
    this.settings = settings;
    links = new LinkPool<>(settings.links(), new SmbConnecting(settings));
  }

  private interface Work<T> {
    T call(DiskShare share) throws DriverException;
  }

  /// What may be done twice without harm.
  private <T> T ask(String name, Work<T> work) throws DriverException {
    return links.run(name, true, link -> translate(name, link, work));
  }

  private <T> T once(String name, Work<T> work) throws DriverException {
    return links.run(name, false, link -> translate(name, link, work));
  }

  private <T> T translate(String name, SmbLink link, Work<T> work) throws DriverException {
    try {
      return work.call(link.share());
    } catch (RuntimeException e) {
      links.requireOpen(name);
      throw SmbFaults.exception(name, e);
    }
  }

  String path(String name) throws DriverException {
    return SmbNames.path(settings.root(), name);
  }

  @Override
  public Identity identity() throws DriverException {
    return ask(
        "",
        share -> {
          var told = share.getFileInformation(path(""));
          if (!told.getStandardInformation().isDirectory()) {
            throw new DriverException(new Fault.Io("", "not a folder"));
          }
          return new Identity(
              settings.host()
                  + ":"
                  + settings.port()
                  + "/"
                  + settings.share()
                  + "#"
                  + share.getVolumeInfo().getVolumeSerialNumber()
                  + "#"
                  + told.getInternalInformation().getIndexNumber());
        });
  }

  @Override
  public void createRoot() throws DriverException {
    once(
        "",
        share -> {
          var at = new StringBuilder();
          for (var segment : settings.root().split("/", -1)) {
            at.append(at.isEmpty() ? "" : "\\").append(segment);
            if (!segment.isEmpty()) {
              SmbListing.createFolder(share, at.toString());
            }
          }
          return true;
        });
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    return ask(
        folder,
        share -> {
          var names = new ArrayList<String>();
          SmbListing.each(share, path(folder), entry -> names.add(entry.getFileName()));
          return names;
        });
  }

  @Override
  public Page list(String folder, String after, int limit) throws DriverException {
    return ask(folder, share -> SmbListing.page(share, path(folder), after, limit));
  }

  @Override
  public Entry stat(String name) throws DriverException {
    return ask(
        name, share -> SmbListing.entry(Segments.last(name), share.getFileInformation(path(name))));
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    ask(
        folder,
        share -> {
          SmbListing.createFolder(share, path(folder));
          return true;
        });
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    return new SmbFile.Sequential(create(name));
  }

  @Override
  public Publishing createReplacing(String name, long sizeBytes) throws DriverException {
    path(name);
    var passing = Passing.beside(name);
    return new SmbPublishing(this, name, passing, create(passing));
  }

  @Override
  public Copying copying() {
    return SmbAssembling.COPYING;
  }

  @Override
  public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    return SmbAssembling.begin(this, name, base);
  }

  SmbFile open(String name, Set<AccessMask> access, SMB2CreateDisposition how)
      throws DriverException {
    return open(name, false, share -> openFile(share, name, access, how));
  }

  @Override
  public boolean canAppend() {
    return true;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    return new SmbFile.Random(create(name));
  }

  private SmbFile.Writer create(String name) throws DriverException {
    var access = EnumSet.of(AccessMask.GENERIC_WRITE, AccessMask.DELETE);
    return new SmbFile.Writer(createFile(name, access));
  }

  private SmbFile createFile(String name, Set<AccessMask> access) throws DriverException {
    return open(
        name,
        false,
        share -> {
          try {
            return openFile(share, name, access, FILE_CREATE);
          } catch (RuntimeException e) {
            var folder = Segments.folder(name);
            if (folder.isEmpty() || !(SmbFaults.fault(name, e) instanceof Fault.NotFound)) {
              throw e;
            }
            SmbListing.createFolder(share, path(folder));
            return openFile(share, name, access, FILE_CREATE);
          }
        });
  }

  private File openFile(
      DiskShare share, String name, Set<AccessMask> access, SMB2CreateDisposition disposition)
      throws DriverException {
    return share.openFile(
        path(name),
        access,
        EnumSet.of(FileAttributes.FILE_ATTRIBUTE_NORMAL),
        SHARED,
        disposition,
        EnumSet.of(SMB2CreateOptions.FILE_NON_DIRECTORY_FILE));
  }

  /// Opens on a connection that then belongs to the file as long as it is open.
  private SmbFile open(String name, boolean repeatable, Work<File> work) throws DriverException {
    return links.open(
        name,
        repeatable,
        lease ->
            new SmbFile(
                name,
                lease,
                translate(name, lease.connection(), work),
                settings.links().timeout()));
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return new SmbFile.Reader(
        open(
            name,
            true,
            share -> openFile(share, name, EnumSet.of(AccessMask.GENERIC_READ), FILE_OPEN)),
        runs);
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    return openRead(name);
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return ask(
        name,
        share -> share.getFileInformation(path(name)).getStandardInformation().getEndOfFile());
  }

  @Override
  public void flushFile(String name) throws DriverException {
    var file =
        open(
            name,
            true,
            share -> openFile(share, name, EnumSet.of(AccessMask.GENERIC_WRITE), FILE_OPEN));
    try (file) {
      file.flush();
    }
  }

  /// Samba can flush a folder; a server that cannot says that it was asked for nonsense.
  @Override
  public void flushFolder(String folder) throws DriverException {
    ask(
        folder,
        share -> {
          try (var open =
              SmbListing.open(share, path(folder), EnumSet.of(AccessMask.FILE_ADD_FILE))) {
            open.flush();
          } catch (RuntimeException e) {
            var fault = SmbFaults.fault(folder, e);
            if (!(fault instanceof Fault.Io) && !(fault instanceof Fault.Denied)) {
              throw e;
            }
          }
          return true;
        });
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
    flushFolder(Segments.folder(name));
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    var access = EnumSet.of(AccessMask.GENERIC_WRITE);
    try (var file =
        new SmbFile.Sequential(
            new SmbFile.Writer(
                open(name, false, share -> openFile(share, name, access, FILE_OVERWRITE))))) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
  }

  @Override
  public void remove(String name) throws DriverException {
    ask(
        name,
        share -> {
          try {
            share.rm(path(name));
          } catch (RuntimeException e) {
            if (!(SmbFaults.fault(name, e) instanceof Fault.NotFound)) {
              throw e;
            }
          }
          return true;
        });
  }

  @Override
  public void move(String from, String to) throws DriverException {
    once(
        from,
        share -> {
          var target = path(to);
          var access = EnumSet.of(AccessMask.DELETE);
          try (var file = openFile(share, from, access, FILE_OPEN)) {
            var folder = Segments.folder(to);
            if (!folder.isEmpty()) {
              SmbListing.createFolder(share, path(folder));
            }
            file.rename(target, false);
          }
          return true;
        });
  }

  Duration timeout() {
    return settings.links().timeout();
  }

  @Override
  public Space space() throws DriverException {
    return ask(
        "",
        share -> {
          share.getFileInformation(path(""));
          var room = share.getShareInformation();
          return new Space(room.getTotalSpace(), room.getCallerFreeSpace(), -1);
        });
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return ask(
        folder,
        share -> {
          try (var open =
              SmbListing.open(share, path(folder), EnumSet.of(AccessMask.FILE_ADD_FILE))) {
            return open != null;
          } catch (RuntimeException e) {
            return switch (SmbFaults.fault(folder, e)) {
              case Fault.NotFound _, Fault.Denied _, Fault.ReadOnly _ -> false;
              default -> throw e;
            };
          }
        });
  }

  @Override
  public void close() {
    links.close();
  }
}
