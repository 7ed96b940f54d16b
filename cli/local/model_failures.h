#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace wsdeep::local {

/// A category of failure that is the model's: it was not reached, was too busy, or too slow.
bool is_model_failure(std::string_view category);

/// Why the model has not answered lately, as the functions' log lines say it. Their users hear the category alone; who
/// runs the system on his own machine may know the cause.
class ModelFailures {
 public:
  explicit ModelFailures(const Clock& clock) : clock_(clock) {}

  /// What a function has written, in whatever pieces.
  void read(const std::string& function, std::string_view text);
  /// The last failures, the newest at the end, each `{"atMs","category","cause","function","chatId","messageId"}`, the
  /// ids where they are known.
  nlohmann::json failures() const;
  /// When the model has answered last; 0: it has not.
  std::int64_t answered_at_ms() const { return answered_at_ms_; }

 private:
  struct Failure {
    std::int64_t at_ms = 0;
    std::string category;
    std::string cause;
    std::string function;
    std::string chat_id;
    std::string message_id;
  };

  void read_line(const std::string& function, std::string_view line);

  const Clock& clock_;
  /// Function → the line that has not ended. Its processes share it: they write whole lines, at once.
  std::map<std::string, std::string> begun_;
  std::deque<Failure> failures_;
  std::int64_t answered_at_ms_ = 0;
};

}  // namespace wsdeep::local
