#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::preflight {

/// What a finding means for a deployment: an error makes it fail, or what it makes unable to serve.
enum class Severity { kOk, kNote, kWarning, kError };

/// `ok`, `note`, `warning`, `error`
std::string_view name_of(Severity severity);

/// What one check has found about one thing.
struct Finding {
  std::string check;  ///< `gpu-quota`
  Severity severity = Severity::kOk;
  std::string what;       ///< begins with the setting or the thing; one line
  std::string why{};      ///< what comes of it; empty where `what` says all
  std::string fix{};      ///< what to do about it; empty for what is well
  bool of_fleet = false;  ///< is about the nodes' stack alone

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

std::size_t count_of(const Findings& findings, Severity severity);

}  // namespace wsdeep::preflight
