#include "auth/srp.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"

namespace wsdeep::auth::srp {
namespace {

constexpr const char* kPool = "eu-west-1_Ab129faBb";
constexpr const char* kTime = "Mon Feb 5 07:11:42 UTC 2024";

/// A client and a server that knows ann's verifier.
class SrpSignIn : public ::testing::Test {
 protected:
  Client client_{kPool};
  Verifier verifier_ = make_verifier(kPool, "ann", "correct horse");
  Server server_{kPool, verifier_, client_.public_hex()};
  Challenge challenge_{"ann", verifier_.salt_hex, server_.public_hex(), base64("opaque \xFF")};

  bool accepted(std::string_view password) const {
    return server_.accepts(challenge_, kTime, client_.answer(challenge_, password, kTime));
  }
};

TEST_F(SrpSignIn, AcceptsTheRightPasswordOnly) {
  EXPECT_TRUE(accepted("correct horse"));
  EXPECT_FALSE(accepted("Correct horse"));
  EXPECT_FALSE(accepted(""));
}

TEST_F(SrpSignIn, BindsTheAnswerToUserTimeBlockAndPool) {
  const std::string answer = client_.answer(challenge_, "correct horse", kTime);
  EXPECT_FALSE(server_.accepts(challenge_, "Mon Feb 5 07:11:43 UTC 2024", answer));
  Challenge other = challenge_;
  other.secret_block_base64 = base64("another");
  EXPECT_FALSE(server_.accepts(other, kTime, answer));
  other = challenge_;
  other.user_id = "bob";
  EXPECT_FALSE(server_.accepts(other, kTime, answer));
  EXPECT_FALSE(Server("eu-west-1_Other", verifier_, client_.public_hex()).accepts(challenge_, kTime, answer));
  EXPECT_FALSE(server_.accepts(challenge_, kTime, ""));
}

TEST_F(SrpSignIn, FailsWhenTheChallengeWasTamperedWith) {
  Challenge tampered = challenge_;
  tampered.server_public_hex.back() = tampered.server_public_hex.back() == '0' ? '1' : '0';
  EXPECT_FALSE(server_.accepts(challenge_, kTime, client_.answer(tampered, "correct horse", kTime)));
  tampered = challenge_;
  tampered.salt_hex = "00ff";
  EXPECT_FALSE(server_.accepts(challenge_, kTime, client_.answer(tampered, "correct horse", kTime)));
}

TEST_F(SrpSignIn, RefusesChallengesThatNoHonestServerSends) {
  const auto answer_to = [&](const char* b, const char* salt, const char* block) {
    return client_.answer({"ann", salt, b, block}, "x", kTime);
  };
  const std::string prime = hex(cognito_group().prime);
  EXPECT_THROW(answer_to("0", "ab", ""), Error);
  EXPECT_THROW(answer_to(prime.c_str(), "ab", ""), Error);
  EXPECT_THROW(answer_to("", "ab", ""), Error);
  EXPECT_THROW(answer_to("xyz", "ab", ""), Error);
  EXPECT_THROW(answer_to("12", "", ""), Error);
  EXPECT_THROW(answer_to("12", "ab", "***"), Error);
  EXPECT_THROW(answer_to(std::string(2000, 'f').c_str(), "ab", ""), Error);
}

TEST_F(SrpSignIn, PassesOverTheDashesOfAUuidThatStandsForASecretBlock) {
  const auto sign = [](const char* block) { return claim_signature("key", "pool", {"ann", "", "", block}, kTime); };
  EXPECT_EQ(sign("01234567-89ab-cdef-0123-456789abcdef"), sign("0123456789abcdef0123456789abcdef"));
}

TEST_F(SrpSignIn, RefusesClientsThatNeedNoPassword) {
  for (const std::string& a :
       {std::string("0"), hex(cognito_group().prime), std::string(), std::string("xyz"), std::string(2000, 'f')})
    EXPECT_THROW(Server(kPool, verifier_, a), Error) << a.substr(0, 10);
}

TEST(SrpValues, AreRandomEachTime) {
  EXPECT_NE(Client(kPool).public_hex(), Client(kPool).public_hex());
  EXPECT_NE(make_verifier(kPool, "ann", "x").salt_hex, make_verifier(kPool, "ann", "x").salt_hex);
  const Verifier verifier = make_verifier(kPool, "ann", "x");
  EXPECT_NE(Server(kPool, verifier, "ff").public_hex(), Server(kPool, verifier, "ff").public_hex());
}

TEST(SrpValues, ArePrintedAsBigIntegersAre) {
  EXPECT_EQ(Client(kPool, std::string(1, '\3')).public_hex(), "8");
  EXPECT_EQ(Client(kPool, std::string(1, '\xA')).public_hex(), "400");
  EXPECT_EQ(pool_name("eu-west-1_Ab129faBb"), "Ab129faBb");
}

}  // namespace
}  // namespace wsdeep::auth::srp
