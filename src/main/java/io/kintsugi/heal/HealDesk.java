package io.kintsugi.heal;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.CancelRequest;
import io.kintsugi.contract.CatalogHealContract.FindRequest;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealRequests;
import io.kintsugi.contract.CatalogHealContract.ListRequests;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.GetHealing;
import io.kintsugi.contract.HealContract.Healing;
import io.kintsugi.contract.HealContract.ListHeals;
import io.kintsugi.contract.HealContract.RequestHeal;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers those who want something of the healer.
final class HealDesk {
  static final List<String> MODES = List.of("RealTime", "Background", "OnDemand", "Emergency");

  private static final int RETRIES_MAX = 100;
  private static final int MAX_PER_PAGE = 1000;

  private final World world;
  private final Healer healer;

  HealDesk(World world, Healer healer) {
    this.world = world;
    this.healer = healer;
  }

  void open() {
    var bus = world.bus();
    bus.answer(HealContract.REQUEST_HEAL, this::request);
    bus.answer(
        HealContract.GET_HEAL,
        wish -> bus.ask(CatalogHealContract.FIND_REQUEST, new FindRequest(wish.requestId())));
    bus.answer(HealContract.LIST_HEALS, this::list);
    bus.answer(
        HealContract.CANCEL_HEAL,
        wish -> bus.ask(CatalogHealContract.CANCEL_REQUEST, new CancelRequest(wish.requestId())));
    bus.answer(HealContract.LIST_ACTIVE, wish -> bus.ask(CatalogHealContract.LIST_ACTIVE, wish));
    bus.answer(HealContract.STATUS, _ -> Future.succeededFuture(healer.subsystem()));
    bus.answer(HealContract.GET_HEALING, this::healing);
    bus.answer(
        AbsenceContract.GET_ABSENCES, _ -> Future.succeededFuture(healer.absences().report()));
    bus.answer(AbsenceContract.SET_LOST, healer.absences()::setLost);
  }

  private Future<HealRequest> request(RequestHeal wish) {
    var mode = mode(wish.mode());
    if (mode == null) {
      return refuse("mode", "mode must be one of " + MODES + ", not " + wish.mode());
    }
    if (wish.maxRetries() < 0 || wish.maxRetries() > RETRIES_MAX) {
      return refuse(
          "max_retries", "max_retries must be 0 to " + RETRIES_MAX + ", not " + wish.maxRetries());
    }
    var policies = healer.policies();
    if (policies == null) {
      return Future.failedFuture(
          Failure.of(FailureCode.UNAVAILABLE, "the healer does not know its policy yet"));
    }
    var priority = mode.equals(Claim.EMERGENCY) ? Priority.EMERGENCY : wish.priority();
    var question =
        new OpenRequest(
            wish.bucket(),
            wish.key(),
            wish.versionId(),
            priority,
            mode,
            wish.maxRetries(),
            policies.heal().queueCapacity());
    return world
        .bus()
        .ask(CatalogHealContract.OPEN_REQUEST, question)
        .onSuccess(_ -> healer.wake());
  }

  private static @Nullable String mode(String word) {
    for (String mode : MODES) {
      if (mode.equalsIgnoreCase(word)) {
        return mode;
      }
    }
    return null;
  }

  private Future<HealRequests> list(ListHeals wish) {
    if (wish.max() < 1 || wish.max() > MAX_PER_PAGE) {
      return refuse("max", "max must be 1 to " + MAX_PER_PAGE + ", not " + wish.max());
    }
    return world
        .bus()
        .ask(
            CatalogHealContract.LIST_REQUESTS,
            new ListRequests(wish.status(), wish.after(), wish.max()));
  }

  private Future<Healing> healing(GetHealing wish) {
    return world
        .bus()
        .ask(CatalogHealContract.GET_QUEUE, new GetQueue())
        .map(queue ->
            new Healing(
                queue.due(),
                queue.waiting(),
                queue.running(),
                queue.unrecoverable(),
                queue.completed(),
                queue.failed(),
                healer.shardsRepaired(),
                healer.bytesRepaired()));
  }

  private static <T> Future<T> refuse(String field, String message) {
    return Future.failedFuture(Failure.of(FailureCode.INVALID_REQUEST, message, "field", field));
  }
}
