#include "commands/llm/session_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "wire/json_fields.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kMostBytes = 8 << 20;
constexpr mode_t kOwnerOnly = 0600;

LlmSession read_session(const std::string& text, const std::string& path) {
  const wire::Json document = wire::parse_json(text, path);
  const wire::JsonFields fields(document);
  LlmSession session{fields.text("sessionId"), fields.text_or("cookie", ""), {}};
  for (const wire::Json& entry : fields.list("messages")) {
    const wire::JsonFields message(entry, "messages");
    session.messages.push_back({message.text("role"), message.text("content")});
  }
  return session;
}

}  // namespace

std::optional<LlmSession> load_session(const Files& files, const std::filesystem::path& path) {
  const auto text = files.read(path, kMostBytes);
  if (!text) return std::nullopt;
  try {
    return read_session(*text, path.string());
  } catch (const Error& fault) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is not a session of wsdeep llm generate: {}", path.string(), fault.what()),
                "name another file; one that does not exist begins a new session");
  }
}

void save_session(Files& files, const std::filesystem::path& path, const LlmSession& session) {
  wire::Json messages = wire::Json::array();
  for (const ChatMessage& message : session.messages)
    messages.push_back({{"role", message.role}, {"content", message.content}});
  const wire::Json document = {{"sessionId", session.id}, {"cookie", session.cookie}, {"messages", messages}};
  files.write(path, wire::dump_json(document) + "\n", kOwnerOnly);
}

}  // namespace wsdeep::commands
