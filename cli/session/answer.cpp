#include "session/answer.h"

#include <iterator>
#include <string_view>

namespace wsdeep::session {
namespace {

// FNV-1a: of what we printed ourselves, so nobody has a use for a collision.
constexpr std::uint64_t kStart = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x100000001b3;

std::uint64_t checksum(std::uint64_t sum, std::string_view text) {
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * kPrime;
  return sum;
}

void append(std::vector<Passage>& passages, std::vector<Passage> more) {
  passages.insert(passages.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Answer::Answer() : checksum_(kStart) {}

std::vector<Passage> Answer::take(const wire::Chunk& chunk) {
  if (chunk.seq > next_seq_) gap_ = true;
  if (chunk.seq != next_seq_) return {};
  ++next_seq_;
  last_seen_ = chunk.is_complete;
  return show(chunk.text);
}

std::vector<Passage> Answer::show(std::string_view text) {
  bytes_ += text.size();
  checksum_ = checksum(checksum_, text);
  return splitter_.feed(text);
}

bool Answer::goes_on_in(std::string_view whole) const {
  return whole.size() >= bytes_ && checksum(kStart, whole.substr(0, bytes_)) == checksum_;
}

Answer::Ending Answer::finish(const wire::Completion& completion) {
  Ending ending;
  if (!is_whole()) {
    if (completion.truncated) return {.broken = true};
    ending.anew = !goes_on_in(completion.text);
    if (ending.anew) *this = Answer();
    ending.rest = show(std::string_view(completion.text).substr(bytes_));
  }
  append(ending.rest, splitter_.finish());
  return ending;
}

}  // namespace wsdeep::session
