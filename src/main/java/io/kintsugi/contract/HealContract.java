package io.kintsugi.contract;

import io.kintsugi.contract.CatalogHealContract.ActiveHeals;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealRequests;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.ListActive;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Mending: what the healer can be asked, and what it says.
public final class HealContract {
  public static final Topic<HealEnded> HEAL_ENDED =
      new Topic<>("heal.event.heal-ended.v1", HealEnded.class);

  /// A hint that damage was reported: the healer looks at the queue now instead of later.
  public static final Topic<DamageReported> DAMAGE_REPORTED =
      new Topic<>("heal.event.damage-reported.v1", DamageReported.class);

  public static final Call<RequestHeal, HealRequest> REQUEST_HEAL =
      new Call<>("heal.call.request-heal.v1", RequestHeal.class, HealRequest.class);
  public static final Call<HealId, HealRequest> GET_HEAL =
      new Call<>("heal.call.get-heal.v1", HealId.class, HealRequest.class);
  public static final Call<ListHeals, HealRequests> LIST_HEALS =
      new Call<>("heal.call.list-heals.v1", ListHeals.class, HealRequests.class);
  public static final Call<HealId, HealRequest> CANCEL_HEAL =
      new Call<>("heal.call.cancel-heal.v1", HealId.class, HealRequest.class);
  public static final Call<ListActive, ActiveHeals> LIST_ACTIVE =
      new Call<>("heal.call.list-active-heals.v1", ListActive.class, ActiveHeals.class);
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("heal.call.status.v1", Subsystem.Ask.class, Subsystem.class);
  public static final Call<GetHealing, Healing> GET_HEALING =
      new Call<>("heal.call.get-healing.v1", GetHealing.class, Healing.class);

  /// A claim that ended.
  ///
  /// @param outcome as in [CatalogHealContract.SettleHeal]
  public record HealEnded(
      long taskId,
      String bucket,
      String key,
      String writeId,
      String outcome,
      @Nullable HealResult result,
      @Nullable String reason,
      Instant at) {}

  public record DamageReported(String cause, int segments) {}

  /// Asks to have an object checked and mended.
  ///
  /// @param mode RealTime, Background, OnDemand or Emergency
  /// @param maxRetries 0 to 100
  public record RequestHeal(
      String bucket,
      String key,
      @Nullable String versionId,
      Priority priority,
      String mode,
      int maxRetries) {}

  public record HealId(String requestId) {}

  public record ListHeals(@Nullable String status, @Nullable String after, int max) {}

  public record GetHealing() {}

  /// How healing goes now.
  ///
  /// @param shardsRepaired since this node started
  /// @param bytesRepaired written by heals since this node started
  public record Healing(
      long queued,
      long waiting,
      long running,
      long unrecoverable,
      long completed,
      long failed,
      long shardsRepaired,
      long bytesRepaired) {}

  private HealContract() {}
}
