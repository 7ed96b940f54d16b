#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "wire/llm.h"

namespace wsdeep::commands {

/// A conversation with a fleet over several commands: what was said, its id, and the cookie by which the balancer finds
/// the node that has it in its cache.
struct LlmSession {
  std::string id;
  std::string cookie;
  std::vector<ChatMessage> messages;
};

/// Nothing when there is no such file. Throws Error{kUsage} for one that is no session.
std::optional<LlmSession> load_session(const Files& files, const std::filesystem::path& path);
/// Whole or not at all, for its owner alone.
void save_session(Files& files, const std::filesystem::path& path, const LlmSession& session);

}  // namespace wsdeep::commands
