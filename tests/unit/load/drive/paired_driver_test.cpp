#include "load/drive/paired_driver.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "support/load_fakes.h"

namespace wsdeep::load {
namespace {

/// A plane that answers every question at once, `ttft` after its intended instant.
class InstantPlane final : public Driver {
 public:
  InstantPlane(char name, Micros ttft, std::string& order, RecordSink& sink)
      : name_(name), ttft_(ttft), order_(order), sink_(sink) {}

  void prepare(const std::stop_token&) override {}
  void begin(const Arrival& arrival) override {
    order_ += name_;
    TurnRecord record;
    record.index = arrival.index;
    record.intended = record.send = arrival.intended;
    record.first = arrival.intended + ttft_;
    record.end = record.first;
    record.how = TurnEnd::kCompleted;
    sink_.on_turn(record);
  }
  void finish(std::chrono::milliseconds, const std::stop_token&) override { sink_.on_connection({}); }
  std::size_t in_flight() const override { return 1; }

 private:
  const char name_;
  const Micros ttft_;
  std::string& order_;
  RecordSink& sink_;
};

/// Pairs of a front door that takes 50 ms and nodes that take 20.
class PairedDriverTest : public ::testing::Test {
 protected:
  void run(std::uint64_t seed, std::uint64_t pairs, Window measured = test::kWholeRun) {
    const auto chat = [this](RecordSink& sink) { return std::make_unique<InstantPlane>('c', 50'000, order_, sink); };
    const auto llm = [this](RecordSink& sink) { return std::make_unique<InstantPlane>('l', 20'000, order_, sink); };
    PairedDriver driver(chat, llm, {}, seed, clock_, records_);
    driver.prepare({});
    for (std::uint64_t i = 0; i < pairs; ++i) driver.begin({.index = i, .intended = static_cast<Micros>(i) * 1'000});
    EXPECT_EQ(driver.in_flight(), 2u);
    now_ = driver.now();
    driver.finish(std::chrono::milliseconds(10), {});
    figures_ = driver.figures(measured);
  }

  RunClock clock_;
  test::KeptRecords records_;
  std::string order_;
  DriverFigures figures_;
  DriverNow now_;  ///< after the last pair
};

TEST_F(PairedDriverTest, PairsTurnsOfTheSameArrival) {
  run(7, 200);
  const PairedFigures& pairs = figures_.pairs.value();
  EXPECT_EQ(pairs.pairs, 200u);
  EXPECT_EQ(pairs.both, 200u);
  EXPECT_EQ(pairs.difference.mean, (Estimate{30'000, 0}));
  EXPECT_EQ(pairs.with_parts, 0u) << "no node said when it had the call";
}

TEST_F(PairedDriverTest, SaysAtAnyTimeHowEachPlaneDoes) {
  run(7, 20);
  ASSERT_EQ(now_.planes.size(), 2u);
  const auto said = [](const PlaneNow& plane) {
    return std::tuple(plane.name, plane.in_flight, plane.answered, plane.failed, plane.ttft_p50.value().value);
  };
  const auto bucket = [](Micros us) { return Histogram::highest_at(Histogram::index_of(us)); };
  EXPECT_EQ(said(now_.planes[0]), std::tuple("chat", 1u, 20u, 0u, bucket(50'000)));
  EXPECT_EQ(said(now_.planes[1]), std::tuple("llm", 1u, 20u, 0u, bucket(20'000)));
}

TEST_F(PairedDriverTest, CountsThePairsThatWereIntendedInTheWindow) {
  run(7, 200, {40'000, 100'000});
  const PairedFigures& pairs = figures_.pairs.value();
  EXPECT_EQ(pairs.pairs, 60u) << "one each millisecond, less warm-up and cool-down";
  EXPECT_EQ(pairs.both, 60u);
  EXPECT_EQ(pairs.chat_ttft.of, 60u);
  EXPECT_EQ(pairs.llm_ttft.of, 60u);
}

TEST_F(PairedDriverTest, TellsTheRunOfTheTurnsOfChatAlone) {
  run(7, 5);
  ASSERT_EQ(records_.turns(0).size(), 5u);
  for (const TurnRecord& turn : records_.turns(0)) EXPECT_EQ(turn.first - turn.intended, 50'000);
  EXPECT_EQ(records_.connections(0).size(), 1u);
}

TEST_F(PairedDriverTest, DrawsWhichPlaneGoesFirstFromTheSeed) {
  run(7, 400);
  const std::string once = std::exchange(order_, {});
  int chat_first = 0;
  for (std::size_t i = 0; i < once.size(); i += 2) {
    EXPECT_NE(once[i], once[i + 1]) << i;
    chat_first += once[i] == 'c' ? 1 : 0;
  }
  EXPECT_NEAR(chat_first, 200, 40);
  run(7, 400);
  EXPECT_EQ(std::exchange(order_, {}), once) << "the same again";
  run(8, 400);
  EXPECT_NE(order_, once);
}

TEST(PairPrompts, AskTheSameWhicheverConversationItIs) {
  const PairPrompts prompts(std::make_shared<test::NumberedPrompts>(3));
  EXPECT_EQ(prompts.prompt({.index = 12}, 0, 0).text, "question 12.0");
  EXPECT_EQ(prompts.prompt({.index = 12}, 99, 1).text, "question 12.0");
  EXPECT_EQ(prompts.turns(5), 1);
}

}  // namespace
}  // namespace wsdeep::load
