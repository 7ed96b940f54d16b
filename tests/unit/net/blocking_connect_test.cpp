#include "net/blocking_connect.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cstring>
#include <future>
#include <optional>
#include <utility>

#include "net/http_call.h"
#include "support/interruptions.h"

namespace wsdeep::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

WaitDeadline in(milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// A port that listens; `full`: whose connections nobody takes any more, so that another one is never answered.
class Listener {
 public:
  explicit Listener(bool full = false) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.get(), full ? 0 : 8), 0);
    address_.size = sizeof address_.bytes;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_.bytes), &address_.size), 0);
    for (int i = 0; full && i < 8; ++i) {
      OwnedDescriptor waiting(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const int done = ::connect(waiting.get(), reinterpret_cast<const sockaddr*>(&address_.bytes), address_.size);
      EXPECT_TRUE(done == 0 || errno == EINPROGRESS);
      waiting_.push_back(std::move(waiting));
    }
  }
  const SocketAddress& address() const { return address_; }
  bool has_visitor() const { return wait_for_events(socket_.get(), POLLIN, in(seconds(5))) == WaitEnd::kReady; }

 private:
  OwnedDescriptor socket_;
  SocketAddress address_;
  std::vector<OwnedDescriptor> waiting_;
};

NameLookup found(std::vector<SocketAddress> addresses) {
  return [addresses = std::move(addresses)](const std::string&, std::uint16_t) { return addresses; };
}

/// How connecting fails.
std::optional<TransportFault> fault_of_connecting(const BlockingConnect& call) {
  try {
    connect_blocking(call);
    return std::nullopt;
  } catch (const TransportError& error) {
    return error.fault();
  }
}

TEST(BlockingConnect, ConnectsToAName) {
  const Listener listener;
  const OwnedDescriptor socket = connect_blocking({"some.name", 1, in(seconds(5)), -1, found({listener.address()})});
  EXPECT_GE(socket.get(), 0);
  EXPECT_TRUE(listener.has_visitor());
}

/// A resolver whose server does not answer.
class SilentResolver : public ::testing::Test {
 protected:
  ~SilentResolver() override { answer_at_last(); }
  void answer_at_last() {
    if (std::exchange(is_silent_, false)) released_.set_value();
  }

  bool is_silent_ = true;

  std::promise<void> released_;
  const NameLookup lookup_ = [until = released_.get_future().share()](const std::string&, std::uint16_t) {
    until.wait();
    return std::vector<SocketAddress>{};
  };
};

TEST_F(SilentResolver, IsWaitedForUntilTheDeadline) {
  const WaitDeadline latest = in(seconds(5));
  EXPECT_EQ(fault_of_connecting({"slow.name", 1, in(milliseconds(50)), -1, lookup_}), TransportFault::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now(), latest);
}

TEST_F(SilentResolver, IsWaitedForUntilSomebodyCancels) {
  const OwnedDescriptor cancelled(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(fault_of_connecting({"slow.name", 1, in(seconds(30)), cancelled.get(), lookup_}),
            TransportFault::kCancelled);
}

/// Those of the tests before may be on their way out.
TEST_F(SilentResolver, IsNotAskedByEverMore) {
  std::optional<TransportFault> fault;
  int asked = 0;
  do fault = fault_of_connecting({"slow.name", 1, in(milliseconds(1)), -1, lookup_});
  while (fault == TransportFault::kTimeout && ++asked < 100);
  EXPECT_EQ(fault, TransportFault::kResolve);
  EXPECT_GE(asked, 1);
  EXPECT_LE(asked, 16);

  answer_at_last();
  const Listener listener;
  const WaitDeadline latest = in(seconds(30));
  do fault = fault_of_connecting({"some.name", 1, latest, -1, found({listener.address()})});
  while (fault && std::chrono::steady_clock::now() < latest);
  EXPECT_EQ(fault, std::nullopt);
}

TEST(BlockingConnect, SaysWhyANameIsNotFound) {
  const auto unknown = [](const std::string&, std::uint16_t) -> std::vector<SocketAddress> {
    throw TransportError(TransportFault::kResolve, "no such name");
  };
  EXPECT_EQ(fault_of_connecting({"no.name", 1, in(seconds(5)), -1, unknown}), TransportFault::kResolve);
  EXPECT_EQ(fault_of_connecting({"no.address", 1, in(seconds(5)), -1, found({})}), TransportFault::kResolve);
}

TEST(BlockingConnect, LeavesTimeForTheNextAddress) {
  const Listener silent(true);
  const Listener listener;
  const auto lookup = found({silent.address(), listener.address()});
  const OwnedDescriptor socket = connect_blocking({"two.addresses", 1, in(milliseconds(1500)), -1, lookup});
  EXPECT_TRUE(listener.has_visitor());
  EXPECT_EQ(fault_of_connecting({"one.address", 1, in(milliseconds(50)), -1, found({silent.address()})}),
            TransportFault::kTimeout);
}

TEST(BlockingConnect, LooksAnAddressUpWithoutAName) {
  sockaddr_in port{};
  std::uint16_t number = 0;
  {
    const Listener gone;
    std::memcpy(&port, &gone.address().bytes, sizeof port);
    number = ntohs(port.sin_port);
  }
  EXPECT_EQ(fault_of_connecting({"127.0.0.1", number, in(seconds(5))}), TransportFault::kRefused);
}

TEST(WaitForEvents, IsNotEndedByASignal) {
  const OwnedDescriptor never(::eventfd(0, EFD_CLOEXEC));
  const WaitDeadline deadline = in(milliseconds(50));
  const test::Interruptions interruptions;
  EXPECT_EQ(wait_for_events(never.get(), POLLIN, deadline), WaitEnd::kTimeUp);
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

}  // namespace
}  // namespace wsdeep::net
