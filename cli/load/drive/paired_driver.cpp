#include "load/drive/paired_driver.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wsdeep::load {
namespace {

/// SplitMix64's finaliser: neighbours come out unlike each other.
std::uint64_t scramble(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

}  // namespace

PairedDriver::PairedDriver(const Make& make_chat, const Make& make_llm, const std::vector<llm::ClientTarget>& nodes,
                           std::uint64_t seed, const RunClock& clock, RecordSink& sink)
    : seed_(seed),
      clock_(clock),
      nodes_(nodes),
      chat_tap_(*this, &Pair::chat, &sink),
      llm_tap_(*this, &Pair::llm, nullptr),
      chat_(make_chat(chat_tap_)),
      llm_(make_llm(llm_tap_)) {}

void PairedDriver::Tap::on_turn(TurnRecord record) {
  driver_.note(record, half_, count_);
  if (next_ != nullptr) next_->on_turn(std::move(record));
}

void PairedDriver::Tap::on_connection(const ConnectionRecord& record) {
  if (next_ != nullptr) next_->on_connection(record);
}

PlaneNow PairedDriver::Tap::now() const {
  const std::lock_guard lock(driver_.mutex_);
  return count_.now(driver_.clock_.now());
}

void PairedDriver::note(const TurnRecord& record, PairHalf Pair::*half, PlaneCount& count) {
  const Micros now = clock_.now();
  PairHalf told = half_of(record, now);
  const std::lock_guard lock(mutex_);
  count.add(told, now);
  pairs_.at(record.index).*half = std::move(told);
}

void PairedDriver::prepare(const std::stop_token& stop) {
  llm_->prepare(stop);
  chat_->prepare(stop);
  clocks_.emplace(nodes_);
}

bool PairedDriver::chat_goes_first(std::uint64_t index) const {
  return (scramble(seed_ ^ scramble(index)) & 1) == 0;
}

void PairedDriver::begin(const Arrival& arrival) {
  {
    const std::lock_guard lock(mutex_);
    pairs_.resize(std::max<std::size_t>(pairs_.size(), arrival.index + 1));
  }
  Driver& first = chat_goes_first(arrival.index) ? *chat_ : *llm_;
  Driver& second = &first == chat_.get() ? *llm_ : *chat_;
  first.begin(arrival);
  second.begin(arrival);
}

void PairedDriver::finish(std::chrono::milliseconds patience, const std::stop_token& stop) {
  const SteadyTime until = std::chrono::steady_clock::now() + patience;
  chat_->finish(patience, stop);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  llm_->finish(std::max(left, std::chrono::milliseconds(0)), stop);
  if (clocks_) clocks_->stop();
}

/// Turns, not pairs: a pair is under way as long as either is.
std::size_t PairedDriver::in_flight() const {
  return chat_->in_flight() + llm_->in_flight();
}

DriverNow PairedDriver::now() const {
  DriverNow now = chat_->now();
  now.nodes = llm_->now().nodes;
  now.planes = {chat_tap_.now(), llm_tap_.now()};
  now.planes[0].name = "chat";
  now.planes[0].in_flight = chat_->in_flight();
  now.planes[1].name = "llm";
  now.planes[1].in_flight = llm_->in_flight();
  return now;
}

std::vector<Driver::Post> PairedDriver::loops() {
  std::vector<Post> all = chat_->loops();
  for (Post& post : llm_->loops()) all.push_back(std::move(post));
  return all;
}

DriverFigures PairedDriver::figures(const Window& measured) const {
  DriverFigures figures = llm_->figures(measured);
  const Micros monotonic_zero =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.time(0).time_since_epoch()).count();
  const ClockOffsets unknown;
  const std::lock_guard lock(mutex_);
  std::vector<Pair> counted;
  std::ranges::copy_if(pairs_, std::back_inserter(counted),
                       [&](const Pair& pair) { return measured.holds(pair.chat.intended); });
  figures.pairs = paired_figures(counted, clocks_ ? clocks_->offsets() : unknown, monotonic_zero);
  return figures;
}

}  // namespace wsdeep::load
