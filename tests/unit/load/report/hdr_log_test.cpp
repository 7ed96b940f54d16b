#include "load/report/hdr_log.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "base/encoding.h"
#include "base/error.h"
#include "load/report/hdr_histogram.h"

namespace wsdeep::load {
namespace {

Histogram histogram_of_values(const std::vector<std::int64_t>& values) {
  Histogram made;
  for (const std::int64_t value : values) made.record(value);
  return made;
}

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

std::string zlib_stream(const std::string& plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(plain.data()), plain.size());
  return out.substr(0, size);
}

/// A payload that may be wrong in one place.
struct Payload {
  std::uint64_t outer_cookie = 0x1c849314, inner_cookie = 0x1c849313, digits = 3, lowest = 1;
  std::uint64_t ratio = 0x3ff0000000000000;
  std::string counts{"\2", 1};
  std::optional<std::uint64_t> length{}, counts_length{};
  std::string tail{};

  std::string text() const {
    const std::string stream =
        zlib_stream(big_endian(inner_cookie, 4) + big_endian(counts_length.value_or(counts.size()), 4) +
                    big_endian(0, 4) + big_endian(digits, 4) + big_endian(lowest, 8) + big_endian(86400000000, 8) +
                    big_endian(ratio, 8) + counts) +
        tail;
    return base64(big_endian(outer_cookie, 4) + big_endian(length.value_or(stream.size()), 4) + stream);
  }
};

std::string refusal_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "it was read";
}

TEST(HdrHistogram, IsEncodedAsTheFormatHasIt) {
  const std::string bytes = from_base64(encode_histogram(histogram_of_values({2, 5, 5}))).value();
  EXPECT_EQ(hex(bytes.substr(0, 4)), "1c849314");
  std::string plain(100, '\0');
  uLongf size = plain.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()) + 8,
                       bytes.size() - 8),
            Z_OK);
  EXPECT_EQ(hex(plain.substr(0, size)),
            "1c849313"
            "00000004"
            "00000000"
            "00000003"
            "0000000000000001"
            "000000141dd76000"
            "3ff0000000000000"
            "03020304");
}

TEST(HdrHistogram, BeginsAsEveryOneOfThisEncoding) {
  EXPECT_TRUE(encode_histogram(Histogram{}).starts_with("HISTFAAAA"));
  EXPECT_TRUE(encode_histogram(histogram_of_values({1, 2})).starts_with("HISTFAAAA"));
}

TEST(HdrHistogram, OfShardsIsThatOfTheWholeByteForByte) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> size(12, 2);
  Histogram whole;
  std::vector<Histogram> shards(8);
  for (std::size_t i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(size(random));
    whole.record(value);
    shards[random() % shards.size()].record(value);
  }
  Histogram merged;
  for (const Histogram& shard : shards) merged.add(decode_histogram(encode_histogram(shard)));
  EXPECT_EQ(encode_histogram(merged), encode_histogram(whole));
}

TEST(HdrHistogram, ComesBackWithTheSameCounts) {
  Histogram many;
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1}, std::int64_t{3}, std::int64_t{2048},
                                   std::int64_t{90'000'000}, Histogram::kMaxValue})
    many.record(value, static_cast<std::uint64_t>(value) * 40'000'000 + 1);
  for (const Histogram& one : {Histogram{}, histogram_of_values({0}), histogram_of_values({0, 5, 5, 6}), many}) {
    const Histogram back = decode_histogram(encode_histogram(one));
    EXPECT_TRUE(std::ranges::equal(back.counts(), one.counts()));
    EXPECT_EQ(back.count(), one.count());
    EXPECT_EQ(encode_histogram(back), encode_histogram(one));
  }
}

TEST(HdrHistogram, IsRefusedByASentence) {
  const std::string sound = Payload{}.text();
  EXPECT_EQ(decode_histogram(sound).count(), 1);
  EXPECT_EQ(decode_histogram(Payload{.ratio = 1}.text()).count(), 1) << "hdr-histogram-js writes a whole number";
  const std::string zeros_of_64_bits = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
  const std::string most = "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "it ends too early"},
      {"HIST!", "it is not base64"},
      {base64("\x1c\x84"), "it ends too early"},
      {Payload{.outer_cookie = 0x1c849309}.text(), "it is no HdrHistogram of encoding V2 (its cookie is 1c849309)"},
      {Payload{.inner_cookie = 0x0c72124e}.text(), "it is no HdrHistogram of encoding V2 (its cookie is 0c72124e)"},
      {Payload{.length = 7}.text(), "its length is not what it says"},
      {Payload{.tail = "more"}.text(), "something follows its zlib stream"},
      {base64(big_endian(0x1c849314, 4) + big_endian(4, 4) + "noise"), "its length is not what it says"},
      {base64(big_endian(0x1c849314, 4) + big_endian(5, 4) + "noise"), "its zlib stream is broken"},
      {base64(big_endian(0x1c849314, 4) + big_endian(9, 4) + zlib_stream(std::string(99, 'a')).substr(0, 9)),
       "its zlib stream is broken"},
      {Payload{.counts = std::string(300'000, '\0')}.text(), "it holds more than a histogram can"},
      {Payload{.digits = 2}.text(), "it has 2 significant digits, and 3 are read"},
      {Payload{.lowest = 1000}.text(), "its lowest discernible value is 1000, and 1 is read"},
      {Payload{.ratio = 0x4000000000000000}.text(), "its values are not whole numbers"},
      {Payload{.counts_length = 9}.text(), "its counts have another length than it says"},
      {Payload{.counts = "\x82"}.text(), "it ends too early"},
      {Payload{.counts = std::string(Histogram::kMaxCounts + 1, '\2')}.text(), "it has a value above 24 h"},
      {Payload{.counts = zeros_of_64_bits}.text(), "it has a value above 24 h"},
      {Payload{.counts = "\xFD\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"}.text(), "it has a value above 24 h"},
      {Payload{.counts = most + "\2"}.text(), "it counts more values than a number holds"},
  };
  for (const auto& [text, cause] : rows)
    EXPECT_EQ(refusal_of([&text = text] { decode_histogram(text); }), "cannot read a histogram: " + cause);
}

constexpr std::int64_t kStartMs = 1'700'000'000'250;

HdrLog log_of_two() {
  return {from_epoch_ms(kStartMs),
          {{"ttft", 0, 60, histogram_of_values({100, 200, 300})}, {"", 60, 2.5, histogram_of_values({7})}}};
}

TEST(HdrLog, HasItsCommentsItsLegendAndALineForEachInterval) {
  const std::string first = encode_histogram(histogram_of_values({100, 200, 300}));
  EXPECT_EQ(write_hdr_log(log_of_two()),
            "#[Logged by wsdeep; values are in µs, Interval_Max in ms]\n"
            "#[Histogram log format version 1.3]\n"
            "#[StartTime: 1700000000.250 (seconds since epoch), 2023-11-14T22:13:20.250Z]\n"
            "#[BaseTime: 1700000000.250 (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
            "Tag=ttft,0.000,60.000,0.300," +
                first + "\n60.000,2.500,0.007," + encode_histogram(histogram_of_values({7})) + "\n");
}

TEST(HdrLog, IsReadAsItWasWritten) {
  std::vector<HdrInterval> intervals;
  const SystemTime start = read_hdr_log(write_hdr_log(log_of_two()), "x",
                                        [&](HdrInterval interval) { intervals.push_back(std::move(interval)); });
  EXPECT_EQ(epoch_ms(start), kStartMs);
  EXPECT_EQ(intervals, log_of_two().intervals);  // of values that have their buckets for themselves
}

TEST(HdrLog, OfARunHasALineForEachStageAndMetric) {
  Result result;
  result.started = from_epoch_ms(kStartMs);
  Slice slice;
  slice.from = 5'000'000;
  slice.to = 65'000'000;
  slice.metrics[static_cast<std::size_t>(Metric::kTtft)] = {histogram_of_values({5, 6}), histogram_of_values({9}), 3};
  slice.metrics[static_cast<std::size_t>(Metric::kE2e)].of = 3;  // of which none was measured
  result.summary.whole = slice;
  const std::vector<HdrInterval> expected = {{"ttft", 5, 60, histogram_of_values({5, 6})},
                                             {"ttft.unfinished", 5, 60, histogram_of_values({9})}};
  EXPECT_EQ(hdr_log_of(result).intervals, expected);
  result.summary.stages = {slice, slice};
  EXPECT_EQ(hdr_log_of(result).intervals.size(), 4);
}

TEST(HdrLog, IsMergedByTag) {
  const std::string text = write_hdr_log(log_of_two());
  const std::map<std::string, Histogram> sums = merge_hdr_log(text + text, "x");
  ASSERT_EQ(sums.size(), 2);
  EXPECT_EQ(sums.at("ttft").count(), 6);
  EXPECT_EQ(sums.at("").count(), 2);
}

TEST(HdrLog, KnowsWhenItsLinesBegan) {
  const std::string histogram = encode_histogram(histogram_of_values({7}));
  struct Row {
    const char* what;
    std::string comments;
    double second;
    std::int64_t start_ms;
    double start_s;
  };
  for (const Row& row : {Row{"since the base", "#[StartTime: 1000.5 (s)]\n#[BaseTime: 1000 (s)]", 3, 1000500, 2.5},
                         Row{"since the start", "#[StartTime:  50000000.5, x]", 3, 50000000500, 3},
                         Row{"since the epoch", "#[StartTime: 50000000.5, x]", 50000003, 50000000500, 2.5},
                         Row{"of the first line", "", 3, 3000, 0}}) {
    std::vector<HdrInterval> intervals;
    const SystemTime start =
        read_hdr_log(fmt::format("{}\r\n  {},   1.000,1.0,{}\r\n\r\n", row.comments, row.second, histogram), "x",
                     [&](HdrInterval interval) { intervals.push_back(std::move(interval)); });
    ASSERT_EQ(intervals.size(), 1) << row.what;
    EXPECT_EQ(epoch_ms(start), row.start_ms) << row.what;
    EXPECT_EQ(intervals[0].start_s, row.start_s) << row.what;
  }
}

TEST(HdrLog, IsRefusedWithItsLine) {
  const std::string histogram = encode_histogram(histogram_of_values({7}));
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"#[Histogram log format version 1.1]", "x:1: the log has format 1.1, and 1.2 and 1.3 are read"},
      {"\n\nhello", "x:3: expected [Tag=NAME,]start,length,max,histogram"},
      {"Tag=a", "x:1: expected [Tag=NAME,]start,length,max,histogram"},
      {"Tag=a,1,1,1", "x:1: expected [Tag=NAME,]start,length,max,histogram"},
      {"1,1,1," + histogram + ",", "x:1: expected [Tag=NAME,]start,length,max,histogram"},
      {"1,-1,1," + histogram, "x:1: expected seconds, got '-1'"},
      {"nan,1,1," + histogram, "x:1: expected seconds, got 'nan'"},
      {"1e99,1,1," + histogram, "x:1: expected seconds, got '1e99'"},
      {"#[StartTime: \x1b[1m", "x:1: expected seconds, got '\\x1b[1m'"},
      {"1,1,1,HIST", "x:1: cannot read a histogram: it ends too early"},
  };
  for (const auto& [text, message] : rows)
    EXPECT_EQ(refusal_of([&text = text] { read_hdr_log(text, "x", [](const HdrInterval&) {}); }), message);
}

TEST(HdrLog, HasABoundForItsTagsAndNoneThatBreaksALine) {
  HdrLog log{from_epoch_ms(kStartMs), {}};
  for (std::size_t i = 0; i <= kMaxHdrTags; ++i) log.intervals.push_back({fmt::format("t{}", i), 0, 1, {}});
  const std::string text = write_hdr_log(log);
  EXPECT_EQ(refusal_of([&] { merge_hdr_log(text, "x"); }), "x: it has more than 1000 tags");
  for (const char* tag : {"a,b", "a b", "a\nb"}) {
    log.intervals = {{tag, 0, 1, {}}};
    EXPECT_NE(refusal_of([&] { write_hdr_log(log); }).find("a log's tag has neither comma nor blank"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace wsdeep::load
