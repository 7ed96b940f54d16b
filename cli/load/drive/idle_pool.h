#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace wsdeep::load {

/// The conversations of a run that wait for their next turn. Who has one to send takes that which has been idle for
/// longest; where none is, a new one begins: no turn waits for the answer to another. May be used from any thread.
template <typename Conversation>
class IdlePool {
 public:
  /// `most`: so many conversations at a time, busy and idle ones.
  explicit IdlePool(std::size_t most) : most_(most) {}

  /// An idle one, or what `begin(number)` makes, `number` counting from 0; nothing when there are too many already.
  template <typename Begin>
  std::unique_ptr<Conversation> take(const Begin& begin) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto found = std::move(idle_.front());
        idle_.pop_front();
        return found;
      }
      if (open_ >= most_) return nullptr;
      ++open_;
      number = begun_++;
    }
    return begin(number);
  }

  /// Its turn is over, and there is another one to come.
  void give_back(std::unique_ptr<Conversation> conversation) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(conversation));
  }

  /// One that was taken, or could not begin, has ended.
  void leave() {
    const std::lock_guard lock(mutex_);
    --open_;
  }

  /// Busy and idle ones.
  std::size_t open() const {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Conversation>> idle_;  ///< those idle for longest first
  std::size_t open_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace wsdeep::load
