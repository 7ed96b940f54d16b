#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "load/drive/chat_driver.h"
#include "support/load_fakes.h"

namespace wsdeep::test {

/// Sessions are opened as fast as they can.
inline load::ChatOptions chat_options(const std::string& url, std::size_t sessions) {
  load::ChatOptions options;
  options.endpoint.url = url;
  options.sessions = sessions;
  options.open_rate = 10'000;
  options.threads = 2;
  return options;
}

/// A driver against a stage, with everything that it needs.
struct ChatRun {
  explicit ChatRun(const load::ChatOptions& options, int turns = 1)
      : prompts(turns), driver(options, clock, prompts, users, records) {}

  void begin(std::uint64_t index, load::Micros cancel_after = load::kNever) {
    load::Arrival arrival;
    arrival.index = index;
    arrival.intended = clock.now();
    arrival.cancel_after = cancel_after;
    driver.begin(arrival);
  }
  /// One turn, to its end.
  load::TurnRecord turn(std::uint64_t index) {
    begin(index);
    return records.turns(index + 1).at(index);
  }

  load::RunClock clock;
  NumberedPrompts prompts;
  NumberedUsers users;
  KeptRecords records;
  load::ChatDriver driver;
};

}  // namespace wsdeep::test
