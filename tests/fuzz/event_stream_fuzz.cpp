// Any bytes as an event stream of Amazon Bedrock's: cut anywhere they say the same, in UTF-8, and what is broken stays
// broken. The first byte is the seed of the cuts; an odd one makes it an agent's answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "aws/bedrock_answer.h"
#include "aws/event_stream.h"
#include "base/utf8.h"
#include "fuzz/target.h"

namespace event_stream_fuzz {
namespace {

namespace aws = wsdeep::aws;
using Kind = aws::BedrockAnswer::Kind;

struct Said {
  std::string says, thinks, cause, words, finish_reason;
  std::optional<wsdeep::Usage> usage{};
  std::size_t messages = 0;

  bool operator==(const Said&) const = default;
};

/// Takes all messages that are whole; why it cannot.
std::string take_all(aws::EventStreamDecoder& decoder, aws::BedrockAnswer& answer, Said& said) {
  try {
    while (const auto message = decoder.next()) {
      ++said.messages;
      answer.take(*message);
    }
  } catch (const wsdeep::Error& error) {
    return error.what();
  }
  return {};
}

/// `seed` 0: in one piece.
Said read(std::string_view bytes, Kind kind, unsigned seed) {
  Said said;
  aws::EventStreamDecoder decoder;
  aws::BedrockAnswer answer(kind);
  while (!bytes.empty() && said.cause.empty()) {
    const std::size_t size = seed == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 1 + seed % 29);
    decoder.feed(bytes.substr(0, size));
    said.cause = take_all(decoder, answer, said);
    bytes.remove_prefix(size);
    seed = seed * 1'103'515'245 + 12'345;
    if (seed == 0) seed = 1;
  }
  if (const auto failure = answer.finish(said.cause.empty() && decoder.at_boundary()); failure && said.cause.empty()) {
    if (failure->cause.empty()) std::abort();
    said.cause = failure->cause;
    said.words = failure->words;
  }
  for (const wsdeep::LlmChunk& chunk : answer.take_chunks()) (chunk.reasoning ? said.thinks : said.says) += chunk.text;
  said.finish_reason = answer.result().finish_reason;
  said.usage = answer.result().usage;
  return said;
}

}  // namespace

FUZZ_TARGET(event_stream_fuzz) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Kind kind = data[0] % 2 == 0 ? Kind::kModel : Kind::kAgent;
  const Said whole = read(bytes, kind, 0);
  if (whole != read(bytes, kind, 1U + data[0])) std::abort();
  if (whole.cause.empty() && whole.finish_reason.empty()) std::abort();
  for (const std::string* text : {&whole.says, &whole.thinks, &whole.cause, &whole.words, &whole.finish_reason})
    if (!wsdeep::is_utf8(*text)) std::abort();
  return 0;
}

}  // namespace event_stream_fuzz
