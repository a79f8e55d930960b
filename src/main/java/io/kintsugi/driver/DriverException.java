package io.kintsugi.driver;

/// A driver could not do what it was asked; [#fault] says why.
public final class DriverException extends Exception {
  private final transient Fault fault;

  public DriverException(Fault fault) {
    super(fault.text());
    this.fault = fault;
  }

  public DriverException(Fault fault, Throwable cause) {
    super(fault.text(), cause);
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }
}
