#include "lab/packets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace wsdeep::lab {
namespace {

TEST(Packets, KeepMessagesApartAndCarryDescriptors) {
  const PacketPair pair = make_packet_pair();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const OwnedDescriptor out(ends[0]);
  ASSERT_TRUE(send_packet(pair.first.get(), "one"));
  ASSERT_TRUE(send_packet(pair.first.get(), "two", {ends[1]}));
  ::close(ends[1]);
  EXPECT_EQ(receive_packet(pair.second.get(), std::chrono::seconds(5)).data, "one");
  const Packet two = receive_packet(pair.second.get());
  EXPECT_EQ(two.data, "two");
  ASSERT_EQ(two.descriptors.size(), 1U);
  EXPECT_EQ(::write(two.descriptors[0].get(), "x", 1), 1);
  EXPECT_EQ(receive_packet(pair.second.get()).kind, Packet::Kind::kNothingYet);
}

TEST(Packets, EndWithTheirPeer) {
  PacketPair pair = make_packet_pair();
  pair.first.close();
  EXPECT_EQ(receive_packet(pair.second.get(), std::chrono::seconds(5)).kind, Packet::Kind::kEnd);
  EXPECT_FALSE(send_packet(pair.second.get(), "x"));
}

}  // namespace
}  // namespace wsdeep::lab
