#include "load/report/workers_text.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace wsdeep::load {
namespace {

std::string text_of_workers(const std::optional<std::vector<MergedWorker>>& workers) {
  Result result;
  result.workers = workers;
  Page page(100, false);
  tell_workers(page, result);
  return page.text();
}

MergedWorker merged_worker(int number, std::optional<Micros> clock_error) {
  return {.worker = number,
          .planned = 10,
          .begun = 10,
          .clock_error = clock_error,
          .clock_known_by = clock_error ? "kernel" : "nothing keeps this machine's clock in step"};
}

TEST(WorkersText, IsSilentOfOneMachine) {
  EXPECT_EQ(text_of_workers(std::nullopt), "");
}

TEST(WorkersText, SaysWhoseSharesAreThereAndTheWorstClock) {
  EXPECT_EQ(text_of_workers({{merged_worker(0, 1200), merged_worker(1, 15'000)}}),
            "\nWORKERS\n"
            "shares    2 of 2 are in the figures\n"
            "clocks    at worst worker 1: ± 15 ms (kernel)\n");
}

TEST(WorkersText, NamesWhoIsMissingAndWhoseClockNobodyKnows) {
  MergedWorker killed{.worker = 1, .missing = "it was killed by signal 9 (Killed)", .planned = 10};
  EXPECT_EQ(text_of_workers({{merged_worker(0, 1200), killed, merged_worker(2, std::nullopt)}}),
            "\nWORKERS\n"
            "shares    2 of 3 are in the figures\n"
            "missing   worker 1: it was killed by signal 9 (Killed)\n"
            "clocks    at worst worker 2: not known: nothing keeps this machine's clock in step\n");
}

}  // namespace
}  // namespace wsdeep::load
