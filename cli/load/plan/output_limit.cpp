#include "load/plan/output_limit.h"

#include "base/dice.h"
#include "load/plan/streams.h"

namespace wsdeep::load {

std::optional<int> OutputLimit::of(const Arrival& arrival, std::uint64_t conversation, int turn) const {
  if (arrival.output_tokens || !lengths) return arrival.output_tokens;
  LongDice dice(stream_seed(seed, Stream::kOutputLength, conversation, static_cast<std::uint64_t>(turn)));
  return lengths->draw(dice);
}

}  // namespace wsdeep::load
