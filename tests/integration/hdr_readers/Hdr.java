// The same as tests/support/hdr_tool.cpp, by HdrHistogram itself.

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

public class Hdr {
  // One tag a line, "tag value value …", as Java has no JSON of its own.
  static void write() {
    HistogramLogWriter log = new HistogramLogWriter(System.out);
    log.outputLogFormatVersion();
    log.outputStartTime(1700000000000L);
    log.outputLegend();
    Scanner in = new Scanner(System.in);
    while (in.hasNextLine()) {
      String[] words = in.nextLine().split(" ");
      for (int half = 0; half < 2; ++half) {
        Histogram histogram = new Histogram(3);
        for (int i = half + 1; i < words.length; i += 2) histogram.recordValue(Long.parseLong(words[i]));
        histogram.setTag(words[0]);
        log.outputIntervalHistogram(half * 10.0, half * 10.0 + 10, histogram);
      }
    }
  }

  static void read() {
    Map<String, Histogram> sums = new TreeMap<>();
    HistogramLogReader log = new HistogramLogReader(System.in);
    while (log.hasNext()) {
      EncodableHistogram one = log.nextIntervalHistogram();
      if (one != null) sums.computeIfAbsent(one.getTag(), tag -> new Histogram(3)).add((Histogram) one);
    }
    List<String> rows = new ArrayList<>();
    sums.forEach((tag, one) -> rows.add("\"" + tag + "\": " + figuresOf(one)));
    System.out.println("{" + String.join(", ", rows) + "}");
  }

  static String figuresOf(Histogram one) {
    String figures = String.format(Locale.ROOT, "{\"count\": %d, \"min\": %d, \"max\": %d, \"mean\": %s",
        one.getTotalCount(), one.getMinNonZeroValue(), one.getMaxValue(), one.getMean());
    for (String p : new String[] {"50", "90", "99", "99.9"})
      figures += ", \"p" + p + "\": " + one.getValueAtPercentile(Double.parseDouble(p));
    return figures + "}";
  }

  public static void main(String[] words) {
    Locale.setDefault(Locale.ROOT);
    if (words[0].equals("write")) write();
    else read();
  }
}
