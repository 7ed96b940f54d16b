#include "net/chunked_post.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "net/http_call.h"

namespace wsdeep::net {
namespace {

TEST(ChunkedPost, SaysWhomItCannotReach) {
  // A port that is ours, and where nobody listens.
  const OwnedDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string authority = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  try {
    ChunkedPost(authority, "/", {}, std::chrono::seconds(5));
    FAIL() << "somebody listens";
  } catch (const TransportError& error) {
    EXPECT_EQ(error.fault(), TransportFault::kRefused);
    EXPECT_THAT(error.what(), ::testing::StartsWith("cannot connect to " + authority + ": "));
  }
}

}  // namespace
}  // namespace wsdeep::net
