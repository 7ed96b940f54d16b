#include "lab/keeper_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "lab/packets.h"
#include "support/few_descriptors.h"

namespace wsdeep::lab {
namespace {

using namespace std::chrono_literals;

/// A keeper in a process of its own, which may open `room` descriptors more than it has when it begins to serve.
class Keeping {
 public:
  explicit Keeping(rlim_t room) {
    PacketPair sockets = make_packet_pair();
    pid_ = ::fork();
    if (pid_ == 0) {
      sockets.first.close();
      const test::FewDescriptors few(room);
      run_keeper({}, sockets.second);
      ::_exit(0);
    }
    server = std::move(sockets.first);
  }
  ~Keeping() {
    server.close();
    ::waitpid(pid_, nullptr, 0);
  }

  std::string next() const { return receive_packet(server.get(), 10s).data; }
  std::string start(unsigned number) const {
    PacketPair control = make_packet_pair();
    EXPECT_TRUE(send_packet(server.get(), "start " + std::to_string(number) + " 80 24 0", {control.second.get()}));
    return next();
  }

  OwnedDescriptor server;

 private:
  pid_t pid_ = -1;
};

TEST(Keeper, SaysThatASessionHasEndedThatItCouldNotStart) {
  // One descriptor for signals, then none for the session's control socket; one for that, then none for a pipe.
  for (const rlim_t room : {1, 2}) {
    const Keeping keeper(room);
    EXPECT_TRUE(keeper.next().starts_with("limits"));
    EXPECT_EQ(keeper.start(7), "ended 7 1") << room;
    EXPECT_EQ(keeper.start(8), "ended 8 1") << room;
  }
}

TEST(Keeper, SaysThatASessionHasEndedWhoseImageItDoesNotKnow) {
  const Keeping keeper(100);
  EXPECT_TRUE(keeper.next().starts_with("limits"));
  const PacketPair control = make_packet_pair();
  EXPECT_TRUE(send_packet(keeper.server.get(), "start 3 80 24 99", {control.second.get()}));
  EXPECT_EQ(keeper.next(), "ended 3 1");
}

}  // namespace
}  // namespace wsdeep::lab
