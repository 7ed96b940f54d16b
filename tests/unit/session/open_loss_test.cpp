#include "session/open_loss.h"

#include <gtest/gtest.h>

namespace wsdeep::session {
namespace {

std::string told(const net::OpenFailure& failure) {
  const Loss loss = loss_of(failure);
  return loss.cause + (loss.for_good ? " | for good" : " |") + (loss.hint.empty() ? "" : " | " + loss.hint);
}

TEST(OpenLoss, SaysOfEveryStatusWhatToDo) {
  const std::string url = "check the URL: API Gateway's is wss:// and ends in the stage, such as /prod";
  const std::string local_logs = "the local system's are where `wsdeep local status` says";
  const std::pair<int, std::string> words[] = {
      {200, "a page answers, not a WebSocket (200) | | " + url},
      {204, "a page answers, not a WebSocket (204) | | " + url},
      {304, "the server sends us elsewhere (304) | | " + url},
      {400, "the server answered 400 | for good"},
      {401, "not signed in: the token was not accepted (401) | for good"},
      {403, "refused: this user or origin may not connect here (403) | for good"},
      {404, "nothing is at this address (404) | | " + url},
      {405,
       "the server did not see a WebSocket request (405) | | a proxy before it may not pass on Upgrade and Connection"},
      {407, "a proxy before the server asks for a password (407) | for good | name that proxy in HTTPS_PROXY"},
      {410, "nothing is at this address (410) | | " + url},
      {418, "the server answered 418 |"},
      {426,
       "the server did not see a WebSocket request (426) | | a proxy before it may not pass on Upgrade and Connection"},
      {429, "too many connections at once (429) |"},
      {500, "the server answered 500: its authorizer failed | | its logs say why: wsdeep logs --function authorizer; " +
                local_logs},
      {502,
       "the server answered 502: what stands behind it failed | | its logs say why: wsdeep logs --function "
       "connect; " +
           local_logs},
      {503, "the server answered 503: what stands behind it is not there, or too slow | | try again later"},
      {504, "the server answered 504: what stands behind it is not there, or too slow | | try again later"},
      {599, "the server answered 599 |"},
  };
  for (const auto& [status, text] : words) EXPECT_EQ(told({status, {}, "a page", "cause"}), text);
}

TEST(OpenLoss, NamesTheAddressOfARedirectWithoutItsQuery) {
  for (const int status : {301, 302, 303, 307, 308})
    EXPECT_EQ(told({status, {{"location", "https://other.test/prod?token=secret"}}, "", ""}),
              "the server sends us elsewhere (" + std::to_string(status) +
                  ") | | if https://other.test/prod is yours, use it as the URL: a redirect is not followed, for the "
                  "token would go with it");
}

TEST(OpenLoss, PassesOnWhatNetSaysWhenNoAnswerCame) {
  EXPECT_EQ(told({0, {}, {}, "timed out"}), "timed out |");
  EXPECT_EQ(told({0, {}, {}, "the proxy asks", "give it", true}), "the proxy asks | for good | give it");
}

}  // namespace
}  // namespace wsdeep::session
