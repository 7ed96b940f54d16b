#include "wire/backend_signature.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace wsdeep::wire {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr SignedRequest kRequest{"POST", "/api/ws/message", R"({"type":"ping"})"};
// printf 'POST\n/api/ws/message\n1700000000\n\n{"type":"ping"}' | openssl dgst -sha256 -hmac
// 0123456789abcdef0123456789abcdef
constexpr std::string_view kSignature = "v2=b916e62d58af7759b8fffaf7d8827162544fd955ca61d44b843f6f841752df45";
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

// printf 'POST\n/api/ws/message\n1700000000\nx-session-id:s-1\nx-user-id:u-1\n\n{}' | openssl dgst …
constexpr std::string_view kWithHeaders = "v2=4dde5e07a629ee46f8cb75debd1d3be6b877f9f9ec6c536df07be24ebd7c76ff";

TEST(BackendSignature, CoversTheHeadersThatSayWhoItIs) {
  const auto judged_with = [](const std::vector<std::pair<std::string, std::string>>& headers) {
    return check_backend_signature(kSecret, {"POST", "/api/ws/message", "{}", signed_headers(headers)}, "1700000000",
                                   kWithHeaders, kNow);
  };
  EXPECT_EQ(judged_with({{"Accept", "*/*"}, {"X-USER-ID", "u-1"}, {"x-session-id", "s-1"}, {"X-Push-Url", ""}}),
            SignatureVerdict::kGood);
  EXPECT_EQ(judged_with({{"X-User-Id", "u-2"}, {"X-Session-Id", "s-1"}}), SignatureVerdict::kWrong);
  EXPECT_EQ(judged_with({{"X-Session-Id", "s-1"}}), SignatureVerdict::kWrong);
  for (const char* name : {"Authorization", "X-Connection-Id", "X-Push-Url"})
    EXPECT_EQ(judged_with({{"X-User-Id", "u-1"}, {"X-Session-Id", "s-1"}, {name, "more"}}), SignatureVerdict::kWrong)
        << name;
}

TEST(BackendSignature, TakesNoHeaderForABodyAndNoPathForATime) {
  const auto verdict = [](const SignedRequest& request) {
    return check_backend_signature(kSecret, request, "1700000000", kWithHeaders, kNow);
  };
  EXPECT_EQ(verdict({"POST", "/api/ws/message", "x-session-id:s-1\nx-user-id:u-1\n\n{}"}), SignatureVerdict::kWrong);
  EXPECT_EQ(verdict({"POST", "/api/ws/message", "{}", "x-session-id:s-1\n"}), SignatureVerdict::kWrong);
  const std::string signature = backend_signature(kSecret, {"POST", "/push/a", "1700000000\n\nbody"}, "1700000000");
  EXPECT_EQ(check_backend_signature(kSecret, {"POST", "/push/a\n1700000000\n", "body"}, "1700000000", signature, kNow),
            SignatureVerdict::kWrong);
}

TEST(BackendSignature, KnowsWhatAHeaderBringsAsItIs) {
  for (const char* good : {"u-1", "a b", "https://x.example/push/c%3D", "~"})
    EXPECT_TRUE(is_signable_value(good)) << good;
  for (const char* bad : {"", " u", "u ", "a\nb", "a\rb", "a\tb", "\xc3\xa9", "\x7f"})
    EXPECT_FALSE(is_signable_value(bad)) << bad;
}

TEST(BackendSignature, RefusesWhatIsMissingMalformedOrOfAnotherSecret) {
  EXPECT_EQ(judged("", kSignature), SignatureVerdict::kMissing);
  EXPECT_EQ(judged("1700000000", ""), SignatureVerdict::kMissing);
  const std::string unversioned(kSignature.substr(3)), cut(kSignature.substr(0, 60));
  for (const std::string& signature : {unversioned, cut, std::string("v1=") + unversioned})
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
