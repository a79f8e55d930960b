package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// This node: what runs on it, and how much it says.
public final class MemberContract {
  public static final Call<GetNode, Node> GET_NODE =
      new Call<>("member.call.get-node.v1", GetNode.class, Node.class);
  public static final Call<SetLogLevel, LogLevels> SET_LOG_LEVEL =
      new Call<>("member.call.set-log-level.v1", SetLogLevel.class, LogLevels.class);
  public static final Call<GetLogLevels, LogLevels> GET_LOG_LEVELS =
      new Call<>("member.call.get-log-levels.v1", GetLogLevels.class, LogLevels.class);

  public record GetNode() {}

  /// This node and what is deployed on it.
  ///
  /// @param ready every required verticle is deployed
  /// @param ports on which edges (`rest`, `s3`) listen
  public record Node(
      String node,
      String version,
      Instant started,
      boolean ready,
      List<VerticleState> verticles,
      Map<String, Integer> ports) {
    public Node {
      verticles = List.copyOf(verticles);
      ports = Map.copyOf(ports);
    }
  }

  /// One deployed verticle.
  ///
  /// @param state deployed or failed
  public record VerticleState(
      String name, String type, int instances, String threading, boolean required, String state) {}

  public record GetLogLevels() {}

  /// Sets how much a feature says.
  ///
  /// @param feature a feature's name, or `root`
  /// @param level trace, debug, info, warn, error or off
  public record SetLogLevel(String feature, String level) {}

  public record LogLevels(Map<String, String> levels) {
    public LogLevels {
      levels = Map.copyOf(levels);
    }
  }

  private MemberContract() {}
}
