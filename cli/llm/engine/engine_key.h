#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <tuple>

/// Private to cli/llm.
namespace wsdeep::llm {

/// The bearer token for an engine: a fixed one, or what a file says, which is read again when it has changed. Safe to
/// use from several threads.
class EngineKey {
 public:
  /// With a file `fixed` does not count. Throws Error{kFailure} when the file has no key in its first line. Warns when
  /// others can read it.
  EngineKey(std::string fixed, std::string file);

  /// Empty: none. While the file cannot be read, or has no key, the last one that it had.
  std::string current() const;

 private:
  /// What tells that a file is another one than before.
  using Version = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::uint64_t>;

  Version version() const;
  std::string read() const;

  const std::string file_;
  mutable std::mutex mutex_;
  mutable std::string key_;
  mutable Version version_{};
};

}  // namespace wsdeep::llm
