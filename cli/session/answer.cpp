#include "session/answer.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace wsdeep::session {
namespace {

// FNV-1a: of what we printed ourselves, so nobody has a use for a collision.
constexpr std::uint64_t kStart = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x100000001b3;

/// In one chunk; who says more does not count tokens.
constexpr std::int64_t kMostTokens = 1'000'000;

std::uint64_t add_to_checksum(std::uint64_t sum, std::string_view text) {
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * kPrime;
  return sum;
}

void append(std::vector<LlmChunk>& chunks, std::vector<LlmChunk> more) {
  chunks.insert(chunks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Answer::Shown::Shown() : checksum(kStart) {}

void Answer::Shown::add(std::string_view text) {
  bytes += text.size();
  checksum = add_to_checksum(checksum, text);
}

bool Answer::Shown::goes_on_in(std::string_view whole) const {
  return whole.size() >= bytes && add_to_checksum(kStart, whole.substr(0, bytes)) == checksum;
}

std::vector<LlmChunk> Answer::take(const wire::Chunk& chunk) {
  if (chunk.seq > next_seq_) gap_ = true;
  if (chunk.seq != next_seq_) return {};
  ++next_seq_;
  last_seen_ = chunk.is_complete;
  if (!separate_) separate_ = chunk.reasoning.has_value();
  std::vector<LlmChunk> out;
  const auto tokens = static_cast<int>(std::clamp<std::int64_t>(chunk.tokens.value_or(0), 0, kMostTokens));
  if (*separate_) {
    show_separate(chunk, out);
  } else {
    text_.add(chunk.text);
    out = splitter_.feed(chunk.text);
  }
  if (tokens == 0) return out;
  if (out.empty()) out.push_back({""});
  out.back().tokens = tokens;
  if (chunk.token_offsets_us.size() == static_cast<std::size_t>(tokens))
    out.back().token_offsets_us = chunk.token_offsets_us;
  return out;
}

void Answer::show_separate(const wire::Chunk& chunk, std::vector<LlmChunk>& out) {
  if (chunk.text_was_reasoning && text_.bytes > 0) {
    // Reasoning that came marked before that, which no engine does, would be in the wrong place anyway.
    reasoning_ = std::exchange(text_, Shown());
    out.push_back({"", true, true});
  }
  const std::string reasoning = chunk.reasoning.value_or("");
  reasoning_.add(reasoning);
  text_.add(chunk.text);
  if (!reasoning.empty()) out.push_back({reasoning, true});
  if (!chunk.text.empty()) out.push_back({chunk.text});
}

Answer::Ending Answer::finish(const wire::Completion& completion) {
  Ending ending;
  if (!is_whole()) {
    if (completion.truncated) return {.broken = true};
    if (!separate_) separate_ = completion.reasoning.has_value();
    show_rest(completion, ending);
  }
  append(ending.rest, splitter_.finish(completion.finish_reason != "length"));
  return ending;
}

void Answer::show_rest(const wire::Completion& completion, Ending& ending) {
  // What comes from the history has no reasoning, and a frame that would be too long leaves it out: it is not missed.
  const std::string reasoning = *separate_ ? completion.reasoning.value_or("") : "";
  const bool more_reasoning = reasoning.size() > reasoning_.bytes && reasoning_.goes_on_in(reasoning);
  ending.anew = !text_.goes_on_in(completion.text) || (more_reasoning && text_.bytes > 0);
  if (ending.anew) {
    splitter_ = wire::ThinkSplitter();
    text_ = reasoning_ = Shown();
  }
  if (!*separate_) return append(ending.rest, splitter_.feed(text_.rest_of(completion.text)));
  if (more_reasoning) ending.rest.push_back({std::string(reasoning_.rest_of(reasoning)), true});
  if (text_.bytes < completion.text.size()) ending.rest.push_back({std::string(text_.rest_of(completion.text))});
}

}  // namespace wsdeep::session
