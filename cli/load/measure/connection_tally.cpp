#include "load/measure/connection_tally.h"

#include <algorithm>

namespace wsdeep::load {

void ConnectionTally::add(const ConnectionRecord& record) {
  ++(record.opened != kNever ? opened_ : failed_);
  messages_ += record.other_messages;
  keep_span(record);
  if (record.close_code != 0) ++close_codes_[record.close_code];
  const bool by_address = record.resolved == kNever && record.connected != kNever;
  if (!by_address) phase(Metric::kDns, record.begin, record.resolved);
  phase(Metric::kTcp, record.resolved != kNever ? record.resolved : record.begin, record.connected);
  if (record.secured != kNever) phase(Metric::kTls, record.connected, record.secured);
  phase(Metric::kUpgrade, record.secured != kNever ? record.secured : record.connected, record.opened);
  if (record.sign_in_us != kNever) phase(Metric::kSignIn, 0, record.sign_in_us);
}

void ConnectionTally::keep_span(const ConnectionRecord& record) {
  if (record.opened == kNever) return;
  const Micros ready = record.secured != kNever ? record.secured : record.connected;
  spans_.push_back({record.opened, record.closed, ready == kNever ? 0 : std::max<Micros>(0, record.opened - ready)});
}

ConnectionUse ConnectionTally::use_in(const Window& window) const {
  ConnectionUse use;
  use.messages = messages_;
  for (const Span& span : spans_) {
    const Micros over = span.closed == kNever ? window.to : span.closed;
    use.open_us += Window{span.opened, over}.within(window).length();
    if (window.holds(over) && span.closed != kNever) ++use.closed;
    if (!window.holds(span.opened)) continue;
    ++use.opened;
    use.upgrade_us += span.upgrade_us;
  }
  return use;
}

/// One that was begun, and ended unless the connection failed before.
void ConnectionTally::phase(Metric metric, Micros from, Micros to) {
  if (from == kNever) return;
  Distribution& distribution = phases_[metric];
  ++distribution.of;
  if (to != kNever) distribution.values.record(std::max<Micros>(0, to - from));
}

void ConnectionTally::add_to(std::array<Distribution, kMetrics>& metrics) const {
  for (const auto& [metric, distribution] : phases_) metrics[static_cast<std::size_t>(metric)].add(distribution);
}

}  // namespace wsdeep::load
