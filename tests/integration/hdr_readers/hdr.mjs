// The same as tests/support/hdr_tool.cpp, by hdr-histogram-js.
import { readFileSync } from "node:fs";
import hdr from "hdr-histogram-js";

function write(tags) {
  let text = "";
  const log = new hdr.HistogramLogWriter((more) => (text += more));
  log.outputLogFormatVersion();
  log.outputStartTime(1700000000000);
  log.outputLegend();
  for (const [tag, values] of Object.entries(tags)) {
    for (const half of [0, 1]) {
      const histogram = hdr.build({ numberOfSignificantValueDigits: 3 });
      values.forEach((value, i) => i % 2 === half && histogram.recordValue(value));
      histogram.tag = tag;
      log.outputIntervalHistogram(histogram, half * 10, half * 10 + 10);
    }
  }
  return text;
}

// A sum has the lowest value of its last bucket for its largest one, where Java's has the highest.
function figuresOf(histogram) {
  const { totalCount: count, minNonZeroValue: min, mean } = histogram;
  const figures = { count, min, max: histogram.highestEquivalentValue(histogram.maxValue), mean };
  for (const p of [50, 90, 99, 99.9]) figures[`p${p}`] = histogram.getValueAtPercentile(p);
  return figures;
}

function read(text) {
  const sums = {};
  const log = new hdr.HistogramLogReader(text);
  for (let one = log.nextIntervalHistogram(); one; one = log.nextIntervalHistogram())
    (sums[one.tag] ??= hdr.build({ numberOfSignificantValueDigits: 3 })).add(one);
  return JSON.stringify(Object.fromEntries(Object.entries(sums).map(([tag, one]) => [tag, figuresOf(one)])));
}

const input = readFileSync(0, "utf8");
process.stdout.write(process.argv[2] === "write" ? write(JSON.parse(input)) : read(input));
