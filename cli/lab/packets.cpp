#include "lab/packets.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostDescriptors = 2;

union Ancillary {
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
  cmsghdr aligned;
};

void take_descriptors(msghdr& message, Packet& packet) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < count; ++at) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + at * sizeof fd, sizeof fd);
      packet.descriptors.emplace_back(fd);
    }
  }
}

}  // namespace

PacketPair make_packet_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorKind::kFailure, std::string("cannot make a socket pair: ") + std::strerror(errno));
  return {OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1])};
}

bool send_packet(int socket, std::string_view data, std::initializer_list<int> descriptors) {
  iovec piece{const_cast<char*>(data.data()), data.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  Ancillary ancillary{};
  if (const std::size_t bytes = descriptors.size() * sizeof(int); bytes > 0) {
    message.msg_control = ancillary.bytes;
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(header), descriptors.begin(), bytes);
  }
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(data.size());
}

Packet receive_packet(int socket, std::chrono::milliseconds wait) {
  if (wait.count() > 0) {
    pollfd waiting{socket, POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(wait.count()));
  }
  Packet packet;
  packet.data.resize(kMaxPacketBytes);
  iovec piece{packet.data.data(), packet.data.size()};
  Ancillary ancillary{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes;
  message.msg_controllen = sizeof ancillary.bytes;
  ssize_t got = 0;
  do got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Packet::Kind::kNothingYet, {}, {}};
  if (got <= 0) return {};
  take_descriptors(message, packet);
  if ((message.msg_flags & MSG_TRUNC) != 0) return {};
  if ((message.msg_flags & MSG_CTRUNC) != 0) packet.descriptors.clear();
  packet.data.resize(static_cast<std::size_t>(got));
  packet.kind = Packet::Kind::kMessage;
  return packet;
}

}  // namespace wsdeep::lab
