package io.kintsugi.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.Topic;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every message of the protocol must be (F1): immutable, and the same after a wire.
class ContractTest {
  private static final List<Class<?>> TYPES =
      new ClassFileImporter()
              .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
              .importPackages("io.kintsugi.contract")
              .stream()
              .<Class<?>>map(JavaClass::reflect)
              .sorted(java.util.Comparator.comparing(Class::getName))
              .toList();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyRecordIsTheSameAfterTheWire(long seed) {
    var random = new Random(seed);
    for (var type : TYPES) {
      if (type.isRecord()) {
        var sent = (Record) value(type, random);
        assertThat(Json.decode(Json.encode(sent), type)).as(type.getSimpleName()).isEqualTo(sent);
      }
    }
  }

  @Test
  void everyFieldOfARecordIsImmutable() {
    for (var type : TYPES) {
      if (type.isRecord()) {
        for (var component : type.getRecordComponents()) {
          assertThat(isImmutable(component.getGenericType()))
              .as("%s.%s", type.getSimpleName(), component.getName())
              .isTrue();
        }
      }
    }
  }

  private static boolean isImmutable(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      return List.of(List.class, Map.class).contains((Class<?>) parameterized.getRawType())
          && List.of(parameterized.getActualTypeArguments()).stream()
              .allMatch(ContractTest::isImmutable);
    }
    return type instanceof Class<?> c
        && (c.isPrimitive()
            || c.isEnum()
            || c.isRecord()
            || List.of(
                    String.class,
                    Instant.class,
                    Payload.class,
                    Long.class,
                    Integer.class,
                    Double.class,
                    Boolean.class)
                .contains(c));
  }

  @Test
  void collectionsAreCopiedOnTheWayIn() {
    for (var type : TYPES) {
      if (type.isRecord()) {
        for (var component : type.getRecordComponents()) {
          if (component.getType() == List.class && !isNullable(component)) {
            var list = (List<?>) get(component, value(type, new Random(7)));
            assertThat(list).as("%s.%s", type, component.getName()).isEqualTo(List.copyOf(list));
            assertThat(list.getClass().getName()).contains("ImmutableCollections");
          }
        }
      }
    }
  }

  private static boolean isNullable(RecordComponent component) {
    return List.of(component.getAnnotatedType().getAnnotations()).stream()
        .anyMatch(annotation -> annotation.annotationType().getSimpleName().equals("Nullable"));
  }

  @Test
  void addressesAreUniqueAndWellFormed() throws ReflectiveOperationException {
    var seen = new TreeMap<String, String>();
    for (var field : addresses()) {
      var address = address(field);
      var kind = field.getType() == Call.class ? "call" : "event";
      assertThat(address).matches("[a-z0-9]+\\." + kind + "\\.[a-z0-9-]+\\.v[0-9]+");
      assertThat(seen.put(address, field.toString())).as(address).isNull();
    }
    assertThat(seen).isNotEmpty();
  }

  @Test
  void theProtocolPageNamesEveryAddressAndNoOther() throws Exception {
    var page = Files.readString(Path.of("docs/protocol.md"));
    var written = new ArrayList<String>();
    var matcher =
        java.util.regex.Pattern.compile("`([a-z0-9]+\\.(?:call|event)\\.[a-z0-9-]+\\.v[0-9]+)`")
            .matcher(page);
    while (matcher.find()) {
      written.add(matcher.group(1));
    }
    var real = new ArrayList<String>();
    for (var field : addresses()) {
      real.add(address(field));
    }
    assertThat(written).containsExactlyInAnyOrderElementsOf(real);
  }

  private static List<Field> addresses() {
    var fields = new ArrayList<Field>();
    for (var type : TYPES) {
      for (var field : type.getDeclaredFields()) {
        if (field.getType() == Call.class || field.getType() == Topic.class) {
          fields.add(field);
        }
      }
    }
    return fields;
  }

  private static String address(Field field) throws ReflectiveOperationException {
    var value = field.get(null);
    return value instanceof Call<?, ?> call ? call.address() : ((Topic<?>) value).address();
  }

  private static Object value(Type type, Random random) {
    if (type instanceof ParameterizedType parameterized) {
      var arguments = parameterized.getActualTypeArguments();
      return parameterized.getRawType() == List.class
          ? List.of(value(arguments[0], random), value(arguments[0], random))
          : Map.of("a-key", value(arguments[1], random));
    }
    var c = (Class<?>) type;
    if (c == Layout.class) {
      return new Layout(1 + random.nextInt(16), random.nextInt(9));
    }
    if (c.isRecord()) {
      return record(c, random);
    }
    if (c.isEnum()) {
      var constants = c.getEnumConstants();
      return constants[random.nextInt(constants.length)];
    }
    return switch (c.getSimpleName()) {
      case "int", "Integer" -> random.nextInt();
      case "long", "Long" -> random.nextLong();
      case "double", "Double" -> random.nextInt(1000) / 8.0;
      case "boolean", "Boolean" -> random.nextBoolean();
      case "Instant" -> Instant.ofEpochMilli(random.nextInt(Integer.MAX_VALUE));
      case "Payload" -> Payload.of(Integer.toString(random.nextInt()).getBytes(UTF_8));
      case "String" -> "text \"ü\u0000\uD83D\uDE00 " + random.nextInt();
      default -> throw new AssertionError("no values for " + c);
    };
  }

  private static Object record(Class<?> type, Random random) {
    var components = type.getRecordComponents();
    var types = new Class<?>[components.length];
    var values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = value(components[i].getGenericType(), random);
    }
    try {
      var constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.toString(), e);
    }
  }

  private static Object get(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(component.getName(), e);
    }
  }
}
