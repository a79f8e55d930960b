package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.kernel.FailureCode;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the data path itself makes of a bucket's strategy (C1, C3).
class ObjectStrategiesTest extends InHouse {
  private static final int SMALL = 5_000;
  private static final int LARGE = 900_000;

  private List<Location> put(String key, int size) {
    var body = House.random(size, size);
    house.put(key, body);
    assertWhole(key, body);
    return house.segment(key, 0).locations();
  }

  private void fail(FakeOrigin.Fault fault, int from) {
    house.origins.subList(from, house.origins.size()).forEach(origin -> origin.fault = fault);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, SMALL, LARGE})
  @DisplayName("C1: Replicated puts a whole copy on every origin, whatever the layout")
  void everyOriginGetsACopy(int size) {
    house.catalog.strategy = "Replicated";
    var locations = put("k", size);
    assertThat(locations).hasSize(7).allMatch(Location::landed);
    assertThat(house.segment("k", 0).layout()).isEqualTo(new Layout(1, 6));
    var ids = new HashSet<String>();
    locations.forEach(at -> ids.add(at.originId()));
    assertThat(ids).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @DisplayName("C3: a write is acknowledged at replication_factor copies, and the rest are owed")
  void asManyAsWishedSuffice(int size) {
    house.catalog.strategy = "Replicated";
    house.acknowledged = 3;
    fail(FakeOrigin.Fault.WRITE_REFUSED, 3);
    var locations = put("k", size);
    assertThat(locations).hasSize(7);
    assertThat(locations.stream().filter(Location::landed)).hasSize(3);
    assertThat(house.catalog.commits.getLast().segments().getFirst().locations())
        .as("whoever commits it hears what is owed")
        .hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @DisplayName("C3: with a copy too few nothing is acknowledged")
  void oneTooFewFails(int size) {
    house.catalog.strategy = "Replicated";
    house.acknowledged = 4;
    fail(FakeOrigin.Fault.WRITE_REFUSED, 3);
    var failure =
        house.failing(() -> house.putting("k", House.random(1, size), size, Condition.NONE));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(house.catalog.entry("k")).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @DisplayName("C3: where fewer origins can be written than must be flushed, nothing is begun")
  void tooFewOriginsRefuse(int size) {
    house.catalog.strategy = "Replicated";
    house.acknowledged = 4;
    house.origins.subList(3, 7).forEach(origin -> origin.placed = false);
    var failure =
        house.failing(() -> house.putting("k", House.random(1, size), size, Condition.NONE));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure.text()).contains("4 copies must be flushed", "3 can be written");
    assertThat(house.origins).allMatch(origin -> origin.files.isEmpty());
  }

  @Test
  @DisplayName("C1: ConsistentHash places by the key, not by the write")
  void theKeySaysWhere() {
    house.catalog.strategy = "ConsistentHash";
    for (int size : new int[] {SMALL, LARGE}) {
      house.asked.clear();
      put("a", size);
      put("b", size);
      put("a", size);
      assertThat(house.asked).hasSize(3);
      assertThat(house.asked).extracting(Place::strategy).containsOnly("ConsistentHash");
      assertThat(spread(0)).isEqualTo(spread(2)).isNotEqualTo(spread(1));
    }
  }

  private long spread(int question) {
    return house.asked.get(question).spread();
  }
}
