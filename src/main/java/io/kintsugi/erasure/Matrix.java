package io.kintsugi.erasure;

import java.util.Arrays;

/// The matrices of the code, as rows of field elements.
final class Matrix {
  private Matrix() {}

  /// The m parity rows over k data cells: Cauchy, scaled so that the first row and the first column
  /// are ones. Data on disk depends on every element: this is fixed for ever.
  static byte[][] parity(int k, int m) {
    var rows = new byte[m][k];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < k; j++) {
        int numerator = Field.multiply(cauchy(k, i, j), cauchy(k, 0, 0));
        int denominator = Field.multiply(cauchy(k, 0, j), cauchy(k, i, 0));
        rows[i][j] = (byte) Field.multiply(numerator, Field.inverse(denominator));
      }
    }
    return rows;
  }

  /// The rows that turn the cells of `sources` into those of `missing`. A missing shard is a row of
  /// the generator (identity over parity) applied to the data, and the data are the inverse of the
  /// sources' rows applied to the sources.
  static byte[][] rebuild(int k, byte[][] parity, int[] sources, int[] missing) {
    var survivors = new byte[k][];
    for (int i = 0; i < k; i++) {
      survivors[i] = generatorRow(k, parity, sources[i]);
    }
    byte[][] dataFromSources = invert(survivors);
    var rows = new byte[missing.length][];
    for (int i = 0; i < missing.length; i++) {
      rows[i] =
          missing[i] < k
              ? dataFromSources[missing[i]]
              : multiply(parity[missing[i] - k], dataFromSources);
    }
    return rows;
  }

  private static int cauchy(int k, int i, int j) {
    return Field.inverse((k + i) ^ j);
  }

  private static byte[] generatorRow(int k, byte[][] parity, int shard) {
    if (shard >= k) {
      return parity[shard - k];
    }
    var row = new byte[k];
    row[shard] = 1;
    return row;
  }

  private static byte[] multiply(byte[] row, byte[][] matrix) {
    var product = new byte[row.length];
    for (int i = 0; i < row.length; i++) {
      addScaled(product, matrix[i], row[i] & 0xff);
    }
    return product;
  }

  /// Gauss and Jordan on `matrix | identity`; every matrix that reaches this is invertible, because
  /// any k rows of the generator are.
  private static byte[][] invert(byte[][] matrix) {
    int size = matrix.length;
    var work = new byte[size][];
    for (int i = 0; i < size; i++) {
      work[i] = Arrays.copyOf(matrix[i], 2 * size);
      work[i][size + i] = 1;
    }
    for (int column = 0; column < size; column++) {
      bringPivot(work, column);
      scale(work[column], Field.inverse(work[column][column] & 0xff));
      for (int i = 0; i < size; i++) {
        if (i != column) {
          addScaled(work[i], work[column], work[i][column] & 0xff);
        }
      }
    }
    for (int i = 0; i < size; i++) {
      work[i] = Arrays.copyOfRange(work[i], size, 2 * size);
    }
    return work;
  }

  private static void bringPivot(byte[][] work, int column) {
    int pivot = column;
    while (work[pivot][column] == 0) {
      pivot++;
    }
    byte[] row = work[pivot];
    work[pivot] = work[column];
    work[column] = row;
  }

  private static void scale(byte[] row, int factor) {
    for (int j = 0; j < row.length; j++) {
      row[j] = (byte) Field.multiply(row[j] & 0xff, factor);
    }
  }

  private static void addScaled(byte[] sum, byte[] row, int factor) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] ^= (byte) Field.multiply(row[j] & 0xff, factor);
    }
  }
}
