package nomadml.trainer.data;

import java.math.BigInteger;

/** Sums over the pixels of each colour channel: whole numbers, so that no order changes them. */
final class ChannelSums {
  private final long[] sums;
  private final long[] squares;
  private long count;

  ChannelSums(int channels) {
    sums = new long[channels];
    squares = new long[channels];
  }

  /** Adds one image, which lies channel by channel. */
  void add(byte[] pixels, int offset, int width) {
    int plane = width / sums.length;
    long[] sum = new long[sums.length];
    long[] square = new long[sums.length];
    for (int channel = 0; channel < sums.length; channel++) {
      int start = offset + channel * plane;
      for (int i = start; i < start + plane; i++) {
        long value = pixels[i] & 0xff;
        sum[channel] += value;
        square[channel] += value * value;
      }
    }
    synchronized (this) {
      count += plane;
      for (int channel = 0; channel < sums.length; channel++) {
        sums[channel] += sum[channel];
        squares[channel] += square[channel];
      }
    }
  }

  synchronized float mean(int channel) {
    return (float) ((double) sums[channel] / Math.max(1, count));
  }

  /** One for a channel of one colour, which then becomes zero and not a division by zero. */
  synchronized float deviation(int channel) {
    BigInteger sum = BigInteger.valueOf(sums[channel]);
    BigInteger spread =
        BigInteger.valueOf(squares[channel])
            .multiply(BigInteger.valueOf(count))
            .subtract(sum.multiply(sum));
    return spread.signum() == 0 ? 1 : (float) (Math.sqrt(spread.doubleValue()) / count);
  }
}
