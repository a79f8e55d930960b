package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Kind;
import io.kintsugi.driver.Driver.Page;
import io.kintsugi.driver.S3Xml.Item;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One page of what stands right in a folder.
final class S3Listing {
  private static final int KEYS_MAX = 1000;

  /// Of ours, which nobody is told of.
  private static final int HIDDEN = 2;

  private final S3Place place;
  private final String folder;
  private final String folderKey;
  private final String after;
  private final int limit;
  private final List<Entry> entries = new ArrayList<>();

  /// By the answer before: a folder may be told again where a listing goes on.
  private final Set<String> toldLast = new HashSet<>();

  /// Whether anything was there, told or not.
  private boolean any;

  S3Listing(S3Place place, String folder, String after, int limit) throws DriverException {
    if (limit < 1) {
      throw new IllegalArgumentException("a page has room for one entry at least: " + limit);
    }
    this.place = place;
    this.folder = folder;
    this.after = after;
    this.limit = limit;
    folderKey = place.folderKey(folder);
  }

  Page page() throws DriverException {
    if (!isPlain(after)) {
      return pageOfAll();
    }
    String token = null;
    do {
      var found = ask(token, after, Math.min(KEYS_MAX, limit + 1 + HIDDEN));
      add(found);
      token = found.token();
    } while (token != null && entries.size() <= limit);
    requireAny();
    if (!entries.stream().allMatch(entry -> isPlain(entry.name()))) {
      return pageOfAll();
    }
    return entries.size() > limit
        ? new Page(entries.subList(0, limit), entries.get(limit - 1).key())
        : new Page(entries, null);
  }

  private void requireAny() throws DriverException {
    if (!any && (after.isEmpty() || !place.hasKeys(folder))) {
      throw new DriverException(new Fault.NotFound(folder));
    }
  }

  /// Whether every server puts this name before the same others: some compare as Java does.
  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> c < Character.MIN_SURROGATE);
  }

  /// The page out of all there is, in whatever order it comes.
  private Page pageOfAll() throws DriverException {
    var chosen = new Listing<Entry>(after, limit, entry -> entry.kind() == Kind.FOLDER);
    toldLast.clear();
    String token = null;
    do {
      entries.clear();
      var found = ask(token, "", KEYS_MAX);
      add(found);
      entries.forEach(entry -> chosen.add(entry, entry.name()));
      token = found.token();
    } while (token != null);
    requireAny();
    return chosen.page(entry -> entry);
  }

  private S3Xml.Listing ask(@Nullable String token, String startAfter, int keys)
      throws DriverException {
    var params = new HashMap<String, String>();
    params.put("prefix", folderKey);
    params.put("delimiter", "/");
    params.put("max-keys", Integer.toString(keys));
    if (token != null) {
      params.put("continuation-token", token);
    } else if (!startAfter.isEmpty()) {
      params.put("start-after", folderKey + startAfter);
    }
    return place.list(folder, params);
  }

  /// A server may tell a folder again that the page is to begin after, or tell keys and folders one
  /// after the other.
  private void add(S3Xml.Listing found) {
    any |= !found.items().isEmpty() || !found.prefixes().isEmpty();
    var page = new ArrayList<Entry>();
    var before = Set.copyOf(toldLast);
    toldLast.clear();
    found.items().forEach(item -> add(page, item));
    found.prefixes().forEach(prefix -> add(page, prefix));
    page.removeIf(entry -> before.contains(entry.key()));
    page.forEach(entry -> toldLast.add(entry.key()));
    page.sort((a, b) -> NameOrder.INSTANCE.compare(a.key(), b.key()));
    entries.addAll(page);
  }

  private void add(List<Entry> page, Item item) {
    var name = within(item.key());
    boolean hidden = name.equals(S3Place.MARK) || Passing.is(name);
    // A key that ends in a slash is what others mark folders with.
    if (!hidden && !name.isEmpty() && !name.contains("/")) {
      var tag = item.etag().isEmpty() ? null : item.etag();
      offer(page, new Entry(name, Kind.FILE, item.sizeBytes(), item.modified(), tag));
    }
  }

  private void add(List<Entry> page, String prefix) {
    var name = within(prefix);
    if (name.length() > 1 && name.endsWith("/")) {
      var segment = name.substring(0, name.length() - 1);
      offer(page, new Entry(segment, Kind.FOLDER, 0, Instant.EPOCH, null));
    }
  }

  private void offer(List<Entry> page, Entry entry) {
    if (NameOrder.INSTANCE.compare(entry.key(), after) > 0) {
      page.add(entry);
    }
  }

  private String within(String key) {
    return key.startsWith(folderKey) ? key.substring(folderKey.length()) : "";
  }
}
