#include "llm/engine/sim_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kQuoteLength = 80;
constexpr int kBytesPerPromptToken = 4;

constexpr std::array<std::string_view, 12> kFiller = {
    "The rest of this text is filler, so that the stream has a length.",
    "No model was asked, and no GPU is warm.",
    "Every word here follows from the seed and from what you wrote.",
    "Ask the same again and the same answer comes back.",
    "A real node would say something of use at this point.",
    "The pace of these words is what is being simulated.",
    "Each token waits its turn, as it would behind a larger model.",
    "Nothing in these sentences is advice, and none of them is true of you.",
    "If you read this in production, the engine is set to sim.",
    "Change the seed and other sentences will stand here.",
    "This one only exists to be counted.",
    "Measurements of the stream are real, the prose is not.",
};

/// FNV-1a over bytes, each text with its length so that neighbours cannot run into each other.
class Hash {
 public:
  explicit Hash(std::uint64_t seed) { number(seed); }
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) byte(static_cast<unsigned char>(value >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    for (const char c : value) byte(static_cast<unsigned char>(c));
  }
  template <typename Number>
  void optional(const std::optional<Number>& value) {
    number(value.has_value());
    if (value) number(std::bit_cast<std::uint64_t>(static_cast<double>(*value)));
  }
  std::uint64_t value() const { return value_; }

 private:
  void byte(unsigned char value) { value_ = (value_ ^ value) * 0x100000001B3ULL; }

  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

void add(Hash& hash, const GenerationParameters& parameters) {
  hash.optional(parameters.temperature);
  hash.optional(parameters.max_tokens);
  hash.optional(parameters.top_p);
  hash.optional(parameters.top_k);
  hash.optional(parameters.presence_penalty);
  hash.optional(parameters.frequency_penalty);
  hash.optional(parameters.repetition_penalty);
  hash.optional(parameters.seed);
  for (const std::string& stop : parameters.stop) hash.text(stop);
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// `text` on one line, in quotes, cut after kQuoteLength characters.
std::string quote(std::string_view text) {
  std::string out = "\"";
  std::size_t length = 0;
  bool gap = false;
  for (const char c : strip_control(trim(text))) {
    if (is_blank(c)) {
      gap = true;
      continue;
    }
    if (starts_code_point(c) && ++length > kQuoteLength) return out + "…\"";
    if (gap) out += ' ', ++length;
    gap = false;
    out += c;
  }
  return out + "\"";
}

std::vector<ChatMessage> asked_messages(const LlmRequest& request) {
  if (!request.messages.empty()) return request.messages;
  return {{"user", request.prompt}};
}

const ChatMessage* last_of(const std::vector<ChatMessage>& messages, std::string_view role) {
  const auto found = std::find_if(messages.rbegin(), messages.rend(), [&](const auto& m) { return m.role == role; });
  return found == messages.rend() ? nullptr : &*found;
}

/// The sentences that show which messages arrived.
std::string opening_of(std::vector<ChatMessage> messages) {
  const auto is_user = [](const ChatMessage& message) { return message.role == "user"; };
  const auto turn = std::count_if(messages.begin(), messages.end(), is_user);
  const std::size_t systems = static_cast<std::size_t>(
      std::count_if(messages.begin(), messages.end(), [](const auto& m) { return m.role == "system"; }));
  const ChatMessage question = messages.back();
  messages.pop_back();
  const std::size_t earlier = messages.size() - std::min(messages.size(), systems);
  std::string text = fmt::format("This is the simulated engine, turn {}", turn);
  if (earlier > 0) text += fmt::format(", with {} earlier message{}", earlier, earlier == 1 ? "" : "s");
  text += fmt::format(". You asked: {}.", quote(question.content));
  if (const ChatMessage* asked = last_of(messages, "user")) {
    text += fmt::format(" Before that you asked: {}", quote(asked->content));
    if (const ChatMessage* said = last_of(messages, "assistant"))
      text += fmt::format(" and I answered: {}", quote(said->content));
    text += '.';
  }
  if (const ChatMessage* system = last_of(messages, "system"))
    text += fmt::format(" My instructions are: {}.", quote(system->content));
  return text;
}

std::string reasoning_about(std::string_view question) {
  return fmt::format(
      "<think>\nThe question has {} words. A model would weigh them now; the simulator repeats them and counts.\n"
      "</think>\n\n",
      count_tokens(question));
}

/// The first `tokens` tokens of `text`.
std::string_view first_tokens(std::string_view text, std::int64_t tokens) {
  std::size_t end = 0;
  for (std::int64_t i = 0; i < tokens && end < text.size(); ++i) end = token_end(text, end);
  return text.substr(0, end);
}

/// Adds filler to `opening` or cuts it, so that `tokens` remain, and ends it like a sentence.
std::string stretch(std::string opening, std::int64_t tokens, Dice& dice) {
  for (std::int64_t have = count_tokens(opening); have < tokens;) {
    const std::string_view sentence = kFiller[dice.below(kFiller.size())];
    opening.append(" ").append(sentence);
    have += count_tokens(sentence);
  }
  std::string text(first_tokens(opening, tokens));
  while (text.ends_with(',') || text.ends_with(';') || text.ends_with(':')) text.pop_back();
  if (!text.empty() && !text.ends_with('.')) text += '.';
  return text;
}

/// Cuts `text` before the first stop string; an empty one stops nothing.
void cut_at_stop(std::string& text, const std::vector<std::string>& stops) {
  std::size_t end = text.size();
  for (const std::string& stop : stops)
    if (!stop.empty()) end = std::min(end, text.find(stop));
  text.resize(end);
}

std::int64_t prompt_tokens_of(const std::vector<ChatMessage>& messages) {
  std::size_t characters = 0;
  for (const ChatMessage& message : messages) characters += utf8_length(message.content);
  return static_cast<std::int64_t>((characters + kBytesPerPromptToken - 1) / kBytesPerPromptToken);
}

}  // namespace

std::uint64_t content_hash(std::uint64_t seed, const LlmRequest& request) {
  Hash hash(seed);
  add(hash, request.parameters);
  for (const ChatMessage& message : asked_messages(request)) {
    hash.text(message.role);
    hash.text(message.content);
  }
  return hash.value();
}

std::uint64_t turn_hash(std::uint64_t seed, const LlmRequest& request) {
  Hash hash(content_hash(seed, request));
  hash.text(request.session_id);
  hash.text(request.request_id);
  return hash.value();
}

SimAnswer compose_answer(const SimOptions& options, const LlmRequest& request) {
  const std::vector<ChatMessage> messages = asked_messages(request);
  Dice dice(content_hash(options.seed, request));
  const std::string opening = opening_of(messages);
  const std::int64_t chosen = count_tokens(opening) + 20 + static_cast<std::int64_t>(dice.below(100));
  const std::string reasoning = options.reasoning ? reasoning_about(messages.back().content) : "";
  SimAnswer answer;
  answer.text = reasoning + stretch(opening, options.tokens > 0 ? options.tokens : chosen, dice);
  answer.finish_reason = "stop";
  answer.prompt_tokens = prompt_tokens_of(messages);
  cut_at_stop(answer.text, request.parameters.stop);
  if (request.parameters.max_tokens) {
    const std::size_t kept = first_tokens(answer.text, *request.parameters.max_tokens).size();
    if (kept < answer.text.size()) answer.finish_reason = "length";
    answer.text.resize(kept);
  }
  answer.reasoning_bytes = std::min(std::string_view(reasoning).find_last_not_of('\n') + 1, answer.text.size());
  return answer;
}

std::size_t token_end(std::string_view text, std::size_t from) {
  while (from < text.size() && is_blank(text[from])) ++from;
  while (from < text.size() && !is_blank(text[from])) ++from;
  return from;
}

std::int64_t count_tokens(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); at = token_end(text, at)) ++count;
  return count;
}

}  // namespace wsdeep::llm
