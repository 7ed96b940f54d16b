#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"

namespace wsdeep::local {

/// What is kept in memory for a while under a key that nobody can guess. Bounded: the oldest go when there are too
/// many.
template <typename Value>
class ExpiringTable {
 public:
  struct Bounds {
    std::chrono::seconds lifetime;
    std::size_t most;
    std::size_t key_bytes;  ///< of randomness
  };
  ExpiringTable(const Clock& clock, Bounds bounds) : clock_(clock), bounds_(bounds) {}

  /// Returns the key.
  std::string add(Value value) {
    remove_oldest(bounds_.most - 1);
    std::string key = base64url(random_bytes(bounds_.key_bytes));
    by_age_.emplace_back(clock_.steady_now(), key);
    values_.emplace(key, std::move(value));
    return key;
  }
  /// Null when the key is unknown or its time is over. Good until the next call.
  Value* find(const std::string& key) {
    remove_oldest(bounds_.most);
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  void remove(const std::string& key) { values_.erase(key); }

 private:
  void remove_oldest(std::size_t keep) {
    const SteadyTime limit = clock_.steady_now() - bounds_.lifetime;
    while (!by_age_.empty() && (by_age_.front().first <= limit || by_age_.size() > keep)) {
      values_.erase(by_age_.front().second);
      by_age_.pop_front();
    }
  }

  const Clock& clock_;
  Bounds bounds_;
  std::map<std::string, Value> values_;
  std::deque<std::pair<SteadyTime, std::string>> by_age_;
};

}  // namespace wsdeep::local
