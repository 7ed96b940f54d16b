#pragma once

#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace wsdeep::deploy {

/// Sees when programs of a folder are written anew.
class ProgramWatch {
 public:
  /// Throws Error{kFailure} for a folder that cannot be watched.
  ProgramWatch(const std::filesystem::path& folder, const std::vector<std::string>& programs);

  /// Waits until one of them was closed by who wrote it, or put in its place, and then none for a moment: a linker
  /// writes one after the other. False when `stop` came first.
  bool wait_for_change(const std::stop_token& stop);

 private:
  bool read_events();

  std::set<std::string> programs_;
  OwnedDescriptor events_;
  OwnedDescriptor stopped_;
};

}  // namespace wsdeep::deploy
