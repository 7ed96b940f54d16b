#include "load/plan/listed_prompts.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "load/plan/counted.h"
#include "load/plan/json_records.h"

namespace wsdeep::load {
namespace {

/// Who says something, in the words of whoever wrote the file.
enum class Speaker { kUser, kSystem, kModel, kOther };

Speaker speaker_called(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Speaker>, 8> kSpeakers = {{
      {"human", Speaker::kUser},
      {"user", Speaker::kUser},
      {"system", Speaker::kSystem},
      {"gpt", Speaker::kModel},
      {"assistant", Speaker::kModel},
      {"chatgpt", Speaker::kModel},
      {"bard", Speaker::kModel},
      {"bing", Speaker::kModel},
  }};
  for (const auto& [word, speaker] : kSpeakers)
    if (name == word) return speaker;
  return Speaker::kOther;
}

/// What was left out of a file.
struct LeftOut {
  std::uint64_t conversations = 0;  ///< without a question
  std::uint64_t empty = 0;
  std::uint64_t answers = 0;
  std::uint64_t others = 0;
};

struct Saying {
  Speaker speaker;
  std::string text;
};

/// Adds what is said to the conversation, or counts it.
void add_saying(ListedConversation& conversation, LeftOut& left_out, Saying saying) {
  if (saying.speaker == Speaker::kModel) {
    ++left_out.answers;
  } else if (saying.speaker == Speaker::kOther) {
    ++left_out.others;
  } else if (trim(saying.text).empty()) {
    ++left_out.empty;
  } else if (saying.speaker == Speaker::kUser) {
    conversation.questions.push_back(std::move(saying.text));
  } else {
    if (!conversation.system.empty()) conversation.system += '\n';
    conversation.system += saying.text;
  }
}

std::vector<std::string> notes_of(const SourceFile& file, const LeftOut& left_out) {
  std::vector<std::string> notes;
  const auto note = [&](std::uint64_t count, std::string_view noun, std::string_view why) {
    if (count > 0)
      notes.push_back(
          fmt::format("{}: {} {} left out: {}", file.name(), counted(count, noun), count == 1 ? "was" : "were", why));
  };
  note(left_out.conversations, "conversation", "no question in them");
  note(left_out.empty, "message", "nothing in them");
  note(left_out.others, "message", "neither a user's, a model's nor the system's");
  note(left_out.answers, "answer", "the target gives its own");
  return notes;
}

/// The text of the member `name` of a message, which is an object.
const std::string& member_of(const JsonRecord& record, const nlohmann::json& message, std::string_view list,
                             std::string_view name) {
  const auto found = message.is_object() ? message.find(name) : message.end();
  if (found == message.end() || !found->is_string())
    throw record.fault(list, fmt::format("'{}' must be objects with a text '{}'", list, name));
  return found->get_ref<const std::string&>();
}

void add_messages(ListedConversation& conversation, LeftOut& left_out, const JsonRecord& record) {
  for (const nlohmann::json& message : record.list("messages")) {
    const std::string& role = member_of(record, message, "messages", "role");
    const Speaker speaker = speaker_called(role);
    if (speaker == Speaker::kOther)
      throw record.fault("messages",
                         fmt::format("a role must be user, system or assistant, got '{}'", printable(role)));
    add_saying(conversation, left_out, {speaker, member_of(record, message, "messages", "content")});
  }
}

std::string prompt_of(const JsonRecord& record) {
  const nlohmann::json& prompt = *record.find("prompt");
  if (!prompt.is_string()) throw record.fault("prompt", "'prompt' must be a text");
  return prompt.get<std::string>();
}

ListedConversation prompt_in(const JsonRecord& record, LeftOut& left_out) {
  ListedConversation conversation;
  const bool has_prompt = record.find("prompt") != nullptr;
  if (has_prompt == (record.find("messages") != nullptr))
    throw record.fault("", "expected either a 'prompt' or 'messages'");
  if (has_prompt)
    add_saying(conversation, left_out, {Speaker::kUser, prompt_of(record)});
  else
    add_messages(conversation, left_out, record);
  if (conversation.questions.empty())
    throw record.fault(has_prompt ? "prompt" : "messages", "there is no question in it");
  if (record.find("max_tokens") != nullptr)
    conversation.max_tokens = static_cast<int>(record.integer("max_tokens", 1, kMaxTokens));
  return conversation;
}

ListedConversation sharegpt_conversation_in(const JsonRecord& record, LeftOut& left_out) {
  ListedConversation conversation;
  for (const nlohmann::json& message : record.list("conversations"))
    add_saying(conversation, left_out,
               {speaker_called(member_of(record, message, "conversations", "from")),
                member_of(record, message, "conversations", "value")});
  return conversation;
}

template <typename Read>
PromptList read_list(const SourceFile& file, Read read) {
  PromptList list;
  LeftOut left_out;
  JsonRecords records(file);
  while (const auto record = records.next()) {
    ListedConversation conversation = read(*record, left_out);
    if (conversation.questions.empty())
      ++left_out.conversations;
    else
      list.conversations.push_back(std::move(conversation));
  }
  if (list.conversations.empty())
    throw Error(ErrorKind::kUsage, fmt::format("{}: there is no question in this file", file.name()));
  list.notes = notes_of(file, left_out);
  return list;
}

}  // namespace

PromptList parse_prompts(const SourceFile& file) {
  return read_list(file, prompt_in);
}

PromptList parse_sharegpt(const SourceFile& file) {
  return read_list(file, sharegpt_conversation_in);
}

ListedPrompts::ListedPrompts(std::vector<ListedConversation> conversations, OutputLimit limit)
    : conversations_(std::move(conversations)), limit_(std::move(limit)) {}

const ListedConversation& ListedPrompts::listed(std::uint64_t conversation) const {
  return conversations_[conversation % conversations_.size()];
}

Prompt ListedPrompts::prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  const ListedConversation& found = listed(conversation);
  const auto limit = found.max_tokens ? found.max_tokens : limit_.of(arrival, conversation, turn);
  return {.system = found.system,
          .text = found.questions[static_cast<std::size_t>(turn) % found.questions.size()],
          .max_tokens = limit};
}

int ListedPrompts::turns(std::uint64_t conversation) const {
  return static_cast<int>(listed(conversation).questions.size());
}

}  // namespace wsdeep::load
