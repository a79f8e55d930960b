package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The issues of one scan.
record Found(List<Issue> issues) {
  /// One thing a scan found.
  ///
  /// @param object bucket and key
  record Issue(String type, String severity, String object, String description) {}

  /// Reads every page.
  static Found of(Api api, String scanId) {
    var issues = new ArrayList<Issue>();
    var path = "/admin/scan/" + Api.escape(scanId) + "/status";
    while (true) {
      var page = api.get(path);
      for (var issue : page.path("issues")) {
        issues.add(read(issue));
      }
      if (!page.hasNonNull("issues_next")) {
        return new Found(List.copyOf(issues));
      }
      path = page.get("issues_next").asText();
    }
  }

  private static Issue read(JsonNode issue) {
    return new Issue(
        issue.path("issue_type").asText(),
        issue.path("severity").asText(),
        issue.path("bucket").asText() + "/" + issue.path("object").asText(),
        issue.path("description").asText());
  }

  SortedSet<String> objects() {
    return new TreeSet<>(issues.stream().map(Issue::object).toList());
  }

  SortedSet<String> unrecoverable() {
    return new TreeSet<>(
        issues.stream()
            .filter(issue -> issue.type().equals("Unrecoverable"))
            .map(Issue::object)
            .toList());
  }

  /// How many there are of each type and severity.
  Map<String, Integer> counts() {
    var counts = new TreeMap<String, Integer>();
    for (var issue : issues) {
      counts.merge(issue.type() + " " + issue.severity(), 1, Integer::sum);
    }
    return counts;
  }
}
