#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

/// Messages between the lab's processes on one machine: a SEQPACKET socket keeps them apart, and carries descriptors.
namespace wsdeep::lab {

/// Longer ones are cut by whoever writes them.
inline constexpr std::size_t kMaxPacketBytes = 64 * 1024;

struct Packet {
  enum class Kind { kMessage, kNothingYet, kEnd };
  Kind kind = Kind::kEnd;
  std::string data;
  /// At most 2; closed in programs that are executed. None when the system had no room for them here.
  std::vector<OwnedDescriptor> descriptors;
};

/// The two ends; closed in programs that are executed. Throws Error{kFailure}.
struct PacketPair {
  OwnedDescriptor first;
  OwnedDescriptor second;
};
PacketPair make_packet_pair();

/// False when the peer is gone, or does not read.
bool send_packet(int socket, std::string_view data, std::initializer_list<int> descriptors = {});
/// The next message, when it is there within `wait`. A message longer than kMaxPacketBytes counts as the end.
Packet receive_packet(int socket, std::chrono::milliseconds wait = std::chrono::milliseconds(0));

}  // namespace wsdeep::lab
