#pragma once

#include <cstdint>
#include <string>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// Who the sessions of a run are signed in as. May be called from any thread.
class SessionUsers {
 public:
  virtual ~SessionUsers() = default;

  struct SignedIn {
    std::string token;           ///< good now
    Micros sign_in_us = kNever;  ///< how long getting it took, where it was got during the run; told once
  };
  /// The token of this session's user; at once. Throws Error{kRefused}: it has none that is good.
  virtual SignedIn sign_in(std::uint64_t session) = 0;
};

}  // namespace wsdeep::load
