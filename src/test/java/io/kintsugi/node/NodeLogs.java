package io.kintsugi.node;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Prints what the nodes said where a test fails.
final class NodeLogs implements AfterTestExecutionCallback {
  @Override
  public void afterTestExecution(ExtensionContext context) {
    context
        .getExecutionException()
        .ifPresent(_ ->
            System.err.println(
                context.getDisplayName() + " failed; node log:\n" + RunningNode.tails()));
  }
}
