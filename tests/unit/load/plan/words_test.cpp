#include "load/plan/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/plan/lengths.h"

namespace wsdeep::load {
namespace {

/// What is thrown, or nothing.
std::string word_refusal(const std::function<void()>& parse) {
  try {
    parse();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

struct RefusedWord {
  std::string text;
  std::string said;
};

TEST(Words, ReadARateASecondAMinuteOrAnHour) {
  EXPECT_DOUBLE_EQ(parse_rate("5/s", "--rate"), 5);
  EXPECT_DOUBLE_EQ(parse_rate("0.5/s", "--rate"), 0.5);
  EXPECT_DOUBLE_EQ(parse_rate("300/m", "--rate"), 5);
  EXPECT_DOUBLE_EQ(parse_rate("7200/h", "--rate"), 2);
  EXPECT_DOUBLE_EQ(parse_stage_rate("0/s", "--rate"), 0);
}

TEST(Words, RefuseWhatIsNoRate) {
  const std::string form = "--rate must be arrivals a second, a minute or an hour, such as 5/s, 300/m or 100/h, got ";
  const std::string range = "--rate must be above 0 and at most 1000000/s, got ";
  const std::vector<RefusedWord> table = {
      {"", form + "''"},
      {"5", form + "'5'"},
      {"5x", form + "'5x'"},
      {"5/x", form + "'5/x'"},
      {"/s", form + "'/s'"},
      {"-1/s", form + "'-1/s'"},
      {"+5/s", form + "'+5/s'"},
      {"nan/s", form + "'nan/s'"},
      {"inf/s", form + "'inf/s'"},
      {"5 /s", form + "'5 /s'"},
      {"5/s ", form + "'5/s '"},
      {"5,5/s", form + "'5,5/s'"},
      {"5/\n", form + "'5/\\n'"},
      {"0/s", range + "'0/s'"},
      {"1e300/s", range + "'1e300/s'"},
      {"0x5/s", form + "'0x5/s'"},
      {"2000000/s", range + "'2000000/s'"},
  };
  for (const RefusedWord& row : table) EXPECT_EQ(word_refusal([&] { parse_rate(row.text, "--rate"); }), row.said);
}

TEST(Words, ReadAShareThatIsCancelled) {
  const Cancel cancel = parse_cancel("5%@2s", "--cancel");
  EXPECT_DOUBLE_EQ(cancel.share, 0.05);
  EXPECT_EQ(cancel.after, 2'000'000);
  EXPECT_DOUBLE_EQ(parse_cancel("100%@1ms", "--cancel").share, 1);
}

TEST(Words, RefuseWhatIsNoCancellation) {
  const std::string form = "--cancel must be a share of the turns and when they are given up, such as 5%@2s, got ";
  const std::vector<RefusedWord> table = {
      {"5%", form + "'5%'"},
      {"@2s", form + "'@2s'"},
      {"0%@2s", form + "'0%@2s'"},
      {"101%@2s", form + "'101%@2s'"},
      {"-5%@2s", form + "'-5%@2s'"},
      {"nan%@2s", form + "'nan%@2s'"},
      {"5%@2", "--cancel must be a duration such as 250us, 20ms, 1.5s, 10m or 2h, got '2'"},
      {"5%@0s", "--cancel must be longer than nothing, got '0s'"},
  };
  for (const RefusedWord& row : table) EXPECT_EQ(word_refusal([&] { parse_cancel(row.text, "--cancel"); }), row.said);
}

TEST(Words, NameTheWaysInWhichGapsAreDrawn) {
  EXPECT_EQ(parse_arrivals("constant", "--arrivals"), Arrivals::kConstant);
  EXPECT_EQ(parse_arrivals("poisson-fixed-n", "--arrivals"), Arrivals::kPoissonFixedN);
  EXPECT_EQ(word_refusal([] { parse_arrivals("poison", "--arrivals"); }),
            "--arrivals must be constant, poisson, poisson-fixed-n or gamma, got 'poison', did you mean 'poisson'?");
  EXPECT_EQ(word_refusal([] { parse_arrivals("steady", "--arrivals"); }),
            "--arrivals must be constant, poisson, poisson-fixed-n or gamma, got 'steady'");
}

struct Sample {
  double mean = 0;
  int least = 0, most = 0;
};

Sample sample_of(const std::string& text, int most = 1'000'000) {
  const Lengths lengths = Lengths::parse(text, "--prompt-tokens", most);
  LongDice dice(5);
  Sample sample{.least = most};
  constexpr int kDraws = 50'000;
  for (int i = 0; i < kDraws; ++i) {
    const int length = lengths.draw(dice);
    sample.mean += static_cast<double>(length) / kDraws;
    sample.least = std::min(sample.least, length);
    sample.most = std::max(sample.most, length);
  }
  return sample;
}

TEST(Lengths, AreDrawnFromTheirDistribution) {
  EXPECT_EQ(sample_of("200").least, 200);
  EXPECT_EQ(sample_of("200").most, 200);
  EXPECT_NEAR(sample_of("100..300").mean, 200, 1);
  EXPECT_EQ(sample_of("100..300").least, 100);
  EXPECT_EQ(sample_of("100..300").most, 300);
  EXPECT_NEAR(sample_of("normal:200,50").mean, 200, 1);
  EXPECT_NEAR(sample_of("lognormal:200,0.6").mean, 200 * std::exp(0.18), 3);
  EXPECT_NEAR(sample_of("exp:200").mean, 200, 3);
}

TEST(Lengths, AreNeverBelowOneOrAboveTheirBound) {
  EXPECT_EQ(sample_of("normal:2,100").least, 1);
  EXPECT_EQ(sample_of("lognormal:100,9", 500).most, 500);
  EXPECT_EQ(sample_of("exp:1").least, 1);
}

TEST(Lengths, RefuseWhatIsNoDistribution) {
  for (const std::string text :
       {"",         "0",     "-5",      "1.5",       "abc",        "2000001",       "300..100",
        "0..5",     "1..",   "..5",     "1.5..3",    "normal:200", "normal:200,-1", "normal:nan,1",
        "normal:,", "exp:0", "exp:inf", "gauss:1,2", "200 ",       "exp:5,5",       "200\x1b[m"})
    EXPECT_EQ(
        word_refusal([&] { Lengths::parse(text, "--turns", 10'000); }).substr(0, 142),
        "--turns must be from 1 to 10000, or a distribution such as 100..300, normal:200,50, lognormal:200,0.6 or "
        "exp:200, got '" +
            (text.size() == 6 && text[3] == '\x1b' ? "200\\x1b[m" : text) + "'");
}

}  // namespace
}  // namespace wsdeep::load
