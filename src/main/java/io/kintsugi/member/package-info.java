/// This node: what runs on it, and how much it says.
@NullMarked
package io.kintsugi.member;

import org.jspecify.annotations.NullMarked;
