#include "wire/backend_signature.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace wsdeep::wire {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr SignedRequest kRequest{"POST", "/api/ws/message", R"({"type":"ping"})"};
// printf 'POST\n/api/ws/message\n1700000000\n{"type":"ping"}' | openssl dgst -sha256 -hmac
// 0123456789abcdef0123456789abcdef
constexpr std::string_view kSignature = "v1=15af762e9473364b2125b3c69b1b387dc84ae6ce4d31449d5259a06252f750e5";
constexpr std::int64_t kNow = 1700000000;

SignatureVerdict judged(std::string_view timestamp, std::string_view signature, std::int64_t now = kNow) {
  return check_backend_signature(kSecret, kRequest, timestamp, signature, now);
}

TEST(BackendSignature, IsWhatOpensslMakesOfTheSameBytes) {
  EXPECT_EQ(backend_signature(kSecret, kRequest, "1700000000"), kSignature);
}

TEST(BackendSignature, IsGoodForThreeHundredSecondsEachWay) {
  for (const std::int64_t now : {kNow - 300, kNow, kNow + 300})
    EXPECT_EQ(judged("1700000000", kSignature, now), SignatureVerdict::kGood) << now;
  for (const std::int64_t now : {kNow - 301, kNow + 301})
    EXPECT_EQ(judged("1700000000", kSignature, now), SignatureVerdict::kStale) << now;
}

TEST(BackendSignature, CoversMethodPathTimeAndBody) {
  const SignedRequest others[] = {{"PUT", kRequest.path, kRequest.body},
                                  {"POST", "/api/ws/disconnect", kRequest.body},
                                  {"POST", kRequest.path, "{}"},
                                  {"POST", "/api/ws/message\n1700000000", kRequest.body}};
  for (const SignedRequest& other : others)
    EXPECT_EQ(check_backend_signature(kSecret, other, "1700000000", kSignature, kNow), SignatureVerdict::kWrong);
  EXPECT_EQ(judged("1700000001", kSignature), SignatureVerdict::kWrong);
}

TEST(BackendSignature, RefusesWhatIsMissingMalformedOrOfAnotherSecret) {
  EXPECT_EQ(judged("", kSignature), SignatureVerdict::kMissing);
  EXPECT_EQ(judged("1700000000", ""), SignatureVerdict::kMissing);
  const std::string unversioned(kSignature.substr(3)), cut(kSignature.substr(0, 60));
  for (const std::string& signature : {unversioned, cut, std::string("v2=") + unversioned})
    EXPECT_EQ(judged("1700000000", signature), SignatureVerdict::kMalformed) << signature;
  for (const char* time : {"soon", "-1", " 1700000000", "1700000000.5", "99999999999999999999"})
    EXPECT_EQ(judged(time, kSignature), SignatureVerdict::kMalformed) << time;
  for (const char* secret : {"", "0123456789abcdef0123456789abcdeF"})
    EXPECT_EQ(check_backend_signature(secret, kRequest, "1700000000", kSignature, kNow), SignatureVerdict::kWrong);
}

TEST(BackendSignature, TakesCapitalHexadecimalDigits) {
  std::string capital(kSignature);
  for (std::size_t i = 3; i < capital.size(); ++i) capital[i] = static_cast<char>(std::toupper(capital[i]));
  EXPECT_EQ(judged("1700000000", capital), SignatureVerdict::kGood);
}

TEST(BackendSignature, HasWordsForEachRefusal) {
  EXPECT_EQ(words_of(SignatureVerdict::kGood), "");
  for (const auto verdict :
       {SignatureVerdict::kMissing, SignatureVerdict::kMalformed, SignatureVerdict::kStale, SignatureVerdict::kWrong})
    EXPECT_NE(words_of(verdict), "");
}

}  // namespace
}  // namespace wsdeep::wire
