#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace wsdeep::load {

/// Which sessions there are, by their numbers, and which of them are idle. May be used from any thread.
class SessionPool {
 public:
  /// `most`: so many at a time, those that are being opened among them.
  explicit SessionPool(std::size_t most) : most_(most) {}

  /// A number for another session; nothing: there are too many already.
  std::optional<std::uint64_t> add();
  /// The session that has been idle for longest, which is not idle any more.
  std::optional<std::uint64_t> take_idle();
  void put_idle(std::uint64_t session);
  /// Its connection is gone: it cannot be taken. It still counts.
  void forget_idle(std::uint64_t session);
  /// It is gone for good.
  void remove(std::uint64_t session);
  std::size_t size() const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t size_ = 0;
  std::uint64_t next_ = 0;
  std::list<std::uint64_t> idle_;  ///< longest first
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places_;
};

}  // namespace wsdeep::load
