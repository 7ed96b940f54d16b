#pragma once

#include <string>
#include <string_view>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Records as bytes, nothing of them lost but this: their instants are counted from `begin`, the schedule's, so that
/// those of several machines stand beside each other. A conversation's number is the caller's to set.
std::string turn_bytes(const TurnRecord& record, Micros begin);
std::string connection_bytes(const ConnectionRecord& record, Micros begin);

/// Reads them; instants stay counted from the begin. Throws Error{kUsage} that says what is wrong, and takes no more
/// memory than some times the bytes.
TurnRecord turn_of_bytes(std::string_view bytes);
ConnectionRecord connection_of_bytes(std::string_view bytes);

}  // namespace wsdeep::load
