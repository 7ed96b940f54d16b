#include "auth/exchange/pending_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const testing::ManualClock kClock;

std::string cookie_of(const PendingLogin& login, bool secure = true) {
  return pending_cookie_name(login.id(), secure) + "=" + write_pending(login);
}

TEST(PendingLogin, ComesBackAsItWasWritten) {
  const PendingLogin login = begin_login("https://app.example.com/", kClock.now());
  EXPECT_EQ(read_pending(write_pending(login)), login);
  EXPECT_EQ(login.target, target_mark("https://app.example.com/"));
  EXPECT_NE(login.target, target_mark("https://app.example.com/."));
}

TEST(PendingLogin, IsNeverTheSame) {
  const PendingLogin one = begin_login("u", kClock.now()), other = begin_login("u", kClock.now());
  EXPECT_NE(one.state, other.state);
  EXPECT_NE(one.nonce, other.nonce);
  EXPECT_NE(one.verifier, other.verifier);
  EXPECT_EQ(one.verifier.size(), 43U);
}

TEST(PendingLogin, IsReadInItsOneFormOnly) {
  const std::string good = write_pending(begin_login("u", kClock.now()));
  ASSERT_TRUE(read_pending(good));
  for (const std::string& bad :
       {std::string(), good + ".", good + "x", "-" + good, "0" + good, good.substr(0, good.size() - 1),
        std::string(300, 'a'), good.substr(good.find('.')), "a\r\nb" + good})
    EXPECT_FALSE(read_pending(bad)) << bad;
}

TEST(FindPending, FindsTheTabThatTheStateBelongsTo) {
  const PendingLogin one = begin_login("u", kClock.now()), other = begin_login("v", kClock.now());
  const std::vector<std::string> cookies{"id_token=x", cookie_of(one), cookie_of(other)};
  EXPECT_EQ(find_pending(cookies, one.state, true), one);
  EXPECT_EQ(find_pending(cookies, other.state, true), other);
}

TEST(FindPending, TakesNoStateButTheWholeOne) {
  const PendingLogin login = begin_login("u", kClock.now());
  std::string forged = login.state;
  forged.back() = forged.back() == 'A' ? 'E' : 'A';
  for (const std::string& state :
       {std::string(), std::string(login.id()), forged, login.state + "A", std::string(1 << 20, 'A')})
    EXPECT_FALSE(find_pending({cookie_of(login)}, state, true)) << state.size();
  EXPECT_FALSE(find_pending({}, login.state, true));
  EXPECT_FALSE(find_pending({cookie_of(login, false)}, login.state, true));
  EXPECT_FALSE(find_pending({pending_cookie_name(login.id(), true) + "=rubbish"}, login.state, true));
}

TEST(PendingLogin, LastsTenMinutes) {
  testing::ManualClock clock;
  const PendingLogin login = begin_login("u", clock.now());
  EXPECT_TRUE(is_current(login, clock.now()));
  clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(is_current(login, clock.now()));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(is_current(login, clock.now()));
  PendingLogin future = login;
  future.begun_at += 3600;
  EXPECT_FALSE(is_current(future, clock.now()));
}

TEST(PendingToEnd, LeavesRoomForOneMoreAndTakesTheOldest) {
  testing::ManualClock clock;
  std::vector<std::string> cookies;
  std::string oldest;
  for (std::size_t i = 0; i < kMostPending; ++i) {
    const PendingLogin login = begin_login("u", clock.now());
    if (i == 0) oldest = pending_cookie_name(login.id(), true);
    cookies.push_back(cookie_of(login));
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(pending_to_end(cookies, true, clock.now()), ElementsAre(oldest));
  cookies.pop_back();
  EXPECT_THAT(pending_to_end(cookies, true, clock.now()), IsEmpty());
  clock.advance(std::chrono::minutes(11));
  EXPECT_THAT(pending_to_end(cookies, true, clock.now()), SizeIs(kMostPending - 1));
}

TEST(PendingToEnd, NamesNothingThatSomebodyElseCouldHaveWritten) {
  const std::vector<std::string> cookies{"__Host-wsdeep-login-a\r\nSet-Cookie: x=y=1", "__Host-wsdeep-login-=1",
                                         "__Host-wsdeep-login-AAAAAAAAAAA=1"};
  EXPECT_THAT(pending_to_end(cookies, true, kClock.now()), ElementsAre("__Host-wsdeep-login-AAAAAAAAAAA"));
}

}  // namespace
}  // namespace wsdeep::auth::exchange
