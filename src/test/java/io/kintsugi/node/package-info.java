/// The whole node as its users meet it: a process of its own, real clients, real kills.
@NullMarked
package io.kintsugi.node;

import org.jspecify.annotations.NullMarked;
