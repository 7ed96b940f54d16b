#include "load/gate.h"

#include <utility>

namespace wsdeep::load {

void Gate::open(RecordSink& next) {
  const std::lock_guard lock(mutex_);
  for (const ConnectionRecord& record : waiting_) next.on_connection(record);
  waiting_.clear();
  next_ = &next;
}

void Gate::on_turn(TurnRecord record) {
  ++turns_;
  flight_.told(record);
  next_.load()->on_turn(std::move(record));
}

void Gate::on_connection(const ConnectionRecord& record) {
  const std::lock_guard lock(mutex_);
  if (RecordSink* const next = next_; next != nullptr)
    next->on_connection(record);
  else
    waiting_.push_back(record);
}

}  // namespace wsdeep::load
