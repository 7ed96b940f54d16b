#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

/// Private to cli/llm.
namespace wsdeep::llm {

/// What the prefix cache of a real engine would find of a prompt: the one before it in the same chat. The last token of
/// a prompt is always evaluated.
class SimCache {
 public:
  /// Nothing for a prompt of no chat.
  std::optional<std::int64_t> find(const std::string& session_id, std::int64_t prompt_tokens) {
    if (session_id.empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (prompts_.size() >= kMostSessions) prompts_.clear();
    std::int64_t& before = prompts_[session_id];
    const std::int64_t found = std::min(before, std::max<std::int64_t>(prompt_tokens - 1, 0));
    before = prompt_tokens;
    return found;
  }

 private:
  static constexpr std::size_t kMostSessions = 10'000;

  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> prompts_;  ///< session → tokens
};

}  // namespace wsdeep::llm
