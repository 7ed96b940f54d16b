#pragma once

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "load/drive/session_users.h"
#include "load/measure/window.h"
#include "load/plan/prompts.h"
#include "load/turn/turn_record.h"
#include "support/eventually.h"

namespace wsdeep::test {

/// For figures of all that there was.
inline constexpr load::Window kWholeRun{std::numeric_limits<load::Micros>::min(),
                                        std::numeric_limits<load::Micros>::max()};

/// Keeps the records of a run.
class KeptRecords final : public load::RecordSink {
 public:
  void on_turn(load::TurnRecord record) override {
    const std::lock_guard lock(mutex_);
    turns_.push_back(std::move(record));
    changed_.notify_all();
  }
  void on_connection(const load::ConnectionRecord& record) override {
    const std::lock_guard lock(mutex_);
    connections_.push_back(record);
    changed_.notify_all();
  }
  /// All turns by their index, once there are so many.
  std::vector<load::TurnRecord> turns(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, testing::kPatience, [&] { return turns_.size() >= count; }))
      throw std::runtime_error("too few turns came: " + std::to_string(turns_.size()));
    auto sorted = turns_;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return sorted;
  }
  std::vector<load::ConnectionRecord> connections(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, testing::kPatience, [&] { return connections_.size() >= count; }))
      throw std::runtime_error("too few connections came: " + std::to_string(connections_.size()));
    return connections_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<load::TurnRecord> turns_;
  std::vector<load::ConnectionRecord> connections_;
};

/// `question C.T` for turn T of conversation C; each conversation has so many turns.
class NumberedPrompts final : public load::PromptSource {
 public:
  explicit NumberedPrompts(int turns) : turns_(turns) {}
  load::Prompt prompt(const load::Arrival&, std::uint64_t conversation, int turn) const override {
    load::Prompt prompt;
    prompt.text = "question " + std::to_string(conversation) + "." + std::to_string(turn);
    return prompt;
  }
  int turns(std::uint64_t) const override { return turns_; }

 private:
  int turns_;
};

/// The token `token N` for session N.
class NumberedUsers final : public load::SessionUsers {
 public:
  SignedIn sign_in(std::uint64_t session) override { return {"token" + std::to_string(session)}; }
};

}  // namespace wsdeep::test
