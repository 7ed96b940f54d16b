#include "auth/jwks_cache.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/test_keys.h"

namespace wsdeep::auth {
namespace {

/// An issuer whose key has a name that changes, and which can be out of reach.
class JwksCacheTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  std::string published_ = "first";
  bool reachable_ = true, empty_ = false;
  int fetches_ = 0;
  JwksCache cache_{[this] { return fetch(); }, clock_};

  std::string fetch() {
    ++fetches_;
    if (!reachable_) throw Error(ErrorKind::kFailure, "cannot reach the issuer");
    if (empty_) return R"({"keys":[]})";
    return R"({"keys":[)" + public_jwk(testing::rsa_key(), published_) + "]}";
  }
  TokenFault verify(const char* kid) {
    const std::int64_t now = epoch_seconds(clock_.now());
    const std::string claims =
        R"({"sub":"u","iss":"i","aud":"c","token_use":"id","exp":)" + std::to_string(now + 60) + "}";
    return cache_.verify(sign_token(claims, kid, testing::rsa_key()), {"i", {"c"}}).fault;
  }
};

TEST_F(JwksCacheTest, FetchesOnceForManyTokens) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(verify("first"), TokenFault::kNone);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(JwksCacheTest, IsReadyWhenThereAreKeys) {
  reachable_ = false;
  EXPECT_FALSE(cache_.ready());
  EXPECT_FALSE(cache_.ready());
  EXPECT_EQ(fetches_, 1) << "an issuer that is away is left alone for a second";
  reachable_ = true;
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(cache_.ready());
  EXPECT_EQ(verify("first"), TokenFault::kNone);
  EXPECT_TRUE(cache_.ready());
  EXPECT_EQ(fetches_, 2);
  reachable_ = false;
  clock_.advance(std::chrono::hours(25));
  EXPECT_TRUE(cache_.ready()) << "old keys are keys";
  EXPECT_EQ(fetches_, 3);
}

TEST_F(JwksCacheTest, IsNotReadyWithASetThatIsEmpty) {
  empty_ = true;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(cache_.ready());
  EXPECT_LE(fetches_, 4);
  empty_ = false;
  clock_.advance(std::chrono::minutes(1));
  EXPECT_TRUE(cache_.ready());
  EXPECT_EQ(verify("first"), TokenFault::kNone);
}

TEST_F(JwksCacheTest, NeverFetchesForRubbish) {
  for (const char* token : {"", "a.b.c", "eyJhbGciOiJub25lIn0.e30."}) cache_.verify(token, {"i", {"c"}});
  EXPECT_EQ(fetches_, 0);
}

TEST_F(JwksCacheTest, KnowsKeysThatAreRotatedTwiceInARow) {
  for (const char* kid : {"first", "second", "third"}) {
    published_ = kid;
    EXPECT_EQ(verify(kid), TokenFault::kNone) << kid << " works at once";
  }
  EXPECT_EQ(fetches_, 3);
}

TEST_F(JwksCacheTest, FetchesForUnknownKidsAFewTimesInARowAndThenOnceAMinute) {
  EXPECT_EQ(verify("first"), TokenFault::kNone);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(verify("forged"), TokenFault::kUnknownKey);
  EXPECT_EQ(fetches_, 4);
  for (int minute = 1; minute <= 5; ++minute) {
    clock_.advance(std::chrono::seconds(59));
    verify("forged");
    EXPECT_EQ(fetches_, 3 + minute);
    clock_.advance(std::chrono::seconds(1));
    for (int i = 0; i < 100; ++i) verify("forged");
    EXPECT_EQ(fetches_, 4 + minute);
  }
  clock_.advance(std::chrono::hours(5));
  for (int i = 0; i < 100; ++i) verify("forged");
  EXPECT_EQ(fetches_, 12) << "what is not used is not saved up";
}

TEST_F(JwksCacheTest, DropsKeysThatAreNoLongerPublishedAfterADay) {
  EXPECT_EQ(verify("first"), TokenFault::kNone);
  published_ = "second";
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(verify("first"), TokenFault::kNone);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(verify("first"), TokenFault::kUnknownKey);
}

TEST_F(JwksCacheTest, UsesOldKeysWhileTheIssuerIsOutOfReach) {
  EXPECT_EQ(verify("first"), TokenFault::kNone);
  reachable_ = false;
  clock_.advance(std::chrono::hours(25));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(verify("first"), TokenFault::kNone);
  EXPECT_EQ(fetches_, 2) << "one try a minute";
}

TEST_F(JwksCacheTest, SaysWhenThereAreNoKeysAndTriesAgainSoon) {
  reachable_ = false;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(verify("first"), TokenFault::kKeysUnavailable);
  EXPECT_EQ(fetches_, 1);
  reachable_ = true;
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(verify("first"), TokenFault::kNone);
}

TEST_F(JwksCacheTest, KeepsItsKeysWhenTheIssuerAnswersRubbish) {
  bool rubbish = false;
  JwksCache cache([&] { return rubbish ? std::string("<html>") : fetch(); }, clock_);
  const std::string token = sign_token(R"({"exp":1})", "first", testing::rsa_key());
  EXPECT_EQ(cache.verify(token, {"i", {"c"}}).fault, TokenFault::kIssuer);
  rubbish = true;
  clock_.advance(std::chrono::hours(25));
  EXPECT_EQ(cache.verify(token, {"i", {"c"}}).fault, TokenFault::kIssuer);
}

}  // namespace
}  // namespace wsdeep::auth
