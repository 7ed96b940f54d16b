#include "lab/push_client.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

TEST(PushClient, PushesToTheServiceAndNowhereElse) {
  net::EventLoop loop;
  const PushClient anywhere(loop, {});
  EXPECT_TRUE(anywhere.allows("https://abc.example/push/L0SM9cOFvHcCIhw%3D", "L0SM9cOFvHcCIhw="));
  EXPECT_TRUE(anywhere.allows("https://abc.example/stage/push/1", "1"));
  EXPECT_FALSE(anywhere.allows("https://abc.example/other", "1"));
  EXPECT_FALSE(anywhere.allows("https://abc.example/?x=/push/1", "1"));
  EXPECT_FALSE(anywhere.allows("file:///push/1", "1"));
  EXPECT_FALSE(anywhere.allows("ws://abc.example/push/1", "1"));
  EXPECT_FALSE(anywhere.allows("nonsense", "1"));
  PushOptions options;
  options.origins = {"https://abc.example"};
  const PushClient one(loop, options);
  EXPECT_TRUE(one.allows("https://abc.example:443/push/1", "1"));
  EXPECT_FALSE(one.allows("https://abc.example.evil.example/push/1", "1"));
  EXPECT_FALSE(one.allows("http://abc.example/push/1", "1"));
  EXPECT_FALSE(one.allows("https://abc.example@evil.example/push/1", "1"));
  EXPECT_FALSE(one.allows("http://169.254.169.254/push/1", "1"));
}

TEST(PushClient, PushesToTheConnectionThatTheMessageIsOfAndToNoOther) {
  net::EventLoop loop;
  const PushClient pushes(loop, {});
  EXPECT_FALSE(pushes.allows("https://abc.example/push/another%3D", "L0SM9cOFvHcCIhw="));
  EXPECT_FALSE(pushes.allows("https://abc.example/push/1/push/2", "2"));
  EXPECT_FALSE(pushes.allows("https://abc.example/push/1/..", "1"));
  EXPECT_FALSE(pushes.allows("https://abc.example/push/", "1"));
}

}  // namespace
}  // namespace wsdeep::lab
