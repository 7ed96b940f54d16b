#include "load/drive/session_pool.h"

namespace wsdeep::load {

std::optional<std::uint64_t> SessionPool::add() {
  const std::lock_guard lock(mutex_);
  if (size_ >= most_) return std::nullopt;
  ++size_;
  return next_++;
}

std::optional<std::uint64_t> SessionPool::take_idle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::nullopt;
  const std::uint64_t session = idle_.front();
  idle_.pop_front();
  places_.erase(session);
  return session;
}

void SessionPool::put_idle(std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  places_[session] = idle_.insert(idle_.end(), session);
}

void SessionPool::forget_idle(std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(session);
  if (place == places_.end()) return;
  idle_.erase(place->second);
  places_.erase(place);
}

void SessionPool::remove(std::uint64_t session) {
  forget_idle(session);
  const std::lock_guard lock(mutex_);
  --size_;
}

std::size_t SessionPool::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace wsdeep::load
