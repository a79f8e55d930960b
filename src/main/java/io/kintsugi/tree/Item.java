package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import org.jspecify.annotations.Nullable;

/// A key as one source has it.
///
/// @param stamp null: a folder, whose key ends in `/`
record Item(Source source, String key, @Nullable FileStamp stamp) {}
