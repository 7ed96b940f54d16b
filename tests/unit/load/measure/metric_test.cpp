#include "load/measure/metric.h"

#include <gtest/gtest.h>

#include <set>

namespace wsdeep::load {
namespace {

TEST(Metric, IsFoundByItsNameAlone) {
  for (const MetricFacts& facts : metric_table()) {
    EXPECT_EQ(metric_named(facts.name), facts.metric) << facts.name;
    EXPECT_EQ(&facts_of(facts.metric), &facts);
  }
  for (const char* word : {"", "TTFT", "ttft ", "latency"}) EXPECT_EQ(metric_named(word), std::nullopt) << word;
}

TEST(Metric, HasANameThatAllFormatsTake) {
  std::set<std::string_view> names;
  for (const MetricFacts& facts : metric_table()) {
    EXPECT_EQ(facts.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos);
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
    EXPECT_FALSE(facts.over.empty() || facts.meaning.empty()) << facts.name;
  }
}

}  // namespace
}  // namespace wsdeep::load
