package io.kintsugi.kernel;

/// A question that one consumer answers. The types of question and answer are part of the address.
///
/// @param address `<feature>.call.<imperative>.v<major>`, with `@<target>` when sent to one place
/// @param timeoutMillis how long the asker waits; afterwards the outcome is unknown, not failed
public record Call<Q extends Record, A extends Record>(
    String address, Class<Q> question, Class<A> answer, long timeoutMillis) {
  /// How long an asker waits where a call says nothing else.
  public static final long DEFAULT_TIMEOUT_MILLIS = 30_000;

  public Call(String address, Class<Q> question, Class<A> answer) {
    this(address, question, answer, DEFAULT_TIMEOUT_MILLIS);
  }

  /// The same call, answered by one named place, such as an origin.
  public Call<Q, A> at(String target) {
    return new Call<>(address + "@" + target, question, answer, timeoutMillis);
  }
}
