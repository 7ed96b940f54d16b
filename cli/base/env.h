#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wsdeep {

/// The environment variables that a part of the program may see: the process's, or a test's.
class Env {
 public:
  /// A copy of this process's environment.
  static Env of_process();
  explicit Env(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}

  /// Nothing for an unset variable and for an empty one: AWS treats both alike.
  std::optional<std::string> get(std::string_view name) const;
  std::string get_or(std::string_view name, std::string_view fallback) const;
  /// Throws Error{kUsage} that names the variable when it is unset.
  std::string require(std::string_view name) const;

  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }
  /// Overwrites all values, and has none any more: for a copy of this process that others may look into.
  void forget();
  /// Without the variables that hold secrets of ours: for programs that have no use for them.
  Env without_secrets() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace wsdeep
