#include "chat/backend.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <nlohmann/json.hpp>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;
using std::chrono::milliseconds;
using Fault = BackendReply::Fault;

BackendReply answer(int status, std::string body) {
  return {Fault::kNone, status, std::move(body), milliseconds(0), ""};
}
BackendReply fault(Fault what) {
  return {what, 0, "", milliseconds(0), "why"};
}

/// A backend that says what it was told to, and the last of it again and again.
class ScriptedBackend final : public BackendCalls {
 public:
  BackendReply send(const BackendRequest& request) override {
    requests.push_back(request);
    const BackendReply reply = replies.front();
    if (replies.size() > 1) replies.pop_front();
    return reply;
  }
  bool pause(milliseconds wait) override {
    if (waited + wait > most) return false;
    waited += wait;
    return true;
  }

  std::deque<BackendReply> replies;
  std::vector<BackendRequest> requests;
  milliseconds waited{0};
  milliseconds most{25'000};
};

class MemoryBackendConnections final : public BackendConnections {
 public:
  void put(const BackendConnection& connection) override { records[connection.client.connection_id] = connection; }
  std::optional<BackendConnection> find(std::string_view id) override {
    if (fails) throw Error(ErrorKind::kFailure, "cannot be read");
    const auto found = records.find(id);
    return found == records.end() ? std::nullopt : std::optional(found->second);
  }
  void remove(const wire::BackendClient& client) override { records.erase(client.connection_id); }

  bool fails = false;
  std::map<std::string, BackendConnection, std::less<>> records;
};

class Backend : public ::testing::Test {
 protected:
  BackendOutcome enter(std::string session = "s-1") {
    return enter_session({"c=", "u-1", std::move(session), "TOKEN", 1'700'000'000'123}, backend, connections, rules);
  }
  BackendOutcome forward(std::string_view frame) {
    backend.requests.clear();
    return forward_frame(frame, BackendConnection{client, 0, 0}, backend);
  }
  void will(std::deque<BackendReply> replies) { backend.replies = std::move(replies); }

  const wire::BackendClient client{"c=", "s-1", "u-1"};
  ScriptedBackend backend;
  MemoryBackendConnections connections;
  BackendRules rules;
};

using BackendConnect = Backend;

TEST_F(BackendConnect, AsksForTheSessionByTheClientsOwnTokenAndKeepsItForADay) {
  will({answer(200, R"({"valid":true,"sessionId":"s-1"})")});
  const BackendOutcome outcome = enter();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.body, R"({"message":"Connected","sessionId":"s-1","connectionId":"c="})");
  ASSERT_EQ(backend.requests.size(), 1u);
  EXPECT_EQ(backend.requests[0].method, "GET");
  EXPECT_EQ(backend.requests[0].path, "/api/labs/session/s-1/validate");
  EXPECT_EQ(backend.requests[0].bearer, "TOKEN");
  EXPECT_EQ(connections.records.at("c="), (BackendConnection{client, 1'700'000'000'123, 1'700'000'000 + 24 * 3600}));
}

TEST_F(BackendConnect, WantsASession) {
  EXPECT_EQ(enter("").body, R"({"error":"Session ID required"})");
  for (const std::string& bad : {std::string("."), std::string(".."), std::string("a/b"), std::string("a?b"),
                                 std::string("a%2fb"), std::string("a b"), std::string(129, 'a'), std::string("é")}) {
    const BackendOutcome outcome = enter(bad);
    EXPECT_EQ(outcome.status, 400) << bad;
    EXPECT_EQ(outcome.body, R"({"error":"Invalid session"})") << bad;
  }
  EXPECT_TRUE(backend.requests.empty());
  will({answer(200, "{}")});
  for (const std::string& good : {std::string("lab:7@x"), std::string("a.b_c~d-e"), std::string(128, 'a')})
    EXPECT_EQ(enter(good).status, 200) << good;
}

TEST_F(BackendConnect, WantsAUserWhomAHeaderCanName) {
  for (const char* bad : {"", "u\r\nX-User-Id: root", "müller", " u"}) {
    const BackendOutcome outcome = enter_session({"c=", bad, "s-1", "TOKEN", 0}, backend, connections, rules);
    EXPECT_EQ(outcome.status, 400) << bad;
    EXPECT_EQ(outcome.body, R"({"error":"Invalid user"})") << bad;
  }
  EXPECT_TRUE(backend.requests.empty());
}

TEST_F(BackendConnect, SaysInTheBackendsWordsWhyNot) {
  will({answer(404, R"({"error":"no such session"})")});
  EXPECT_EQ(enter().status, 400);
  EXPECT_EQ(enter().body, R"({"error":"no such session"})");
  for (const char* body : {"", "<html>", "[]", R"({"error":7})", R"({"error":""})"}) {
    will({answer(403, body)});
    EXPECT_EQ(enter().body, R"({"error":"Invalid session"})") << body;
  }
  will({answer(200, R"({"valid":false,"error":"expired"})")});
  EXPECT_EQ(enter().body, R"({"error":"expired"})");
  EXPECT_TRUE(connections.records.empty());
}

TEST_F(BackendConnect, TakesAPageForNoWord) {
  will({answer(200, "<!doctype html>")});
  EXPECT_EQ(enter().status, 503);
  will({answer(204, "")});
  EXPECT_EQ(enter().status, 200);
}

TEST_F(BackendConnect, AsksAgainWhenTheBackendCannotSay) {
  for (const BackendReply& trouble :
       {fault(Fault::kRefused), fault(Fault::kBroken), answer(500, "oops"), answer(503, ""), answer(429, "")}) {
    backend.requests.clear();
    will({trouble, answer(200, "{}")});
    EXPECT_EQ(enter().status, 200);
    EXPECT_EQ(backend.requests.size(), 2u);
    backend.requests.clear();
    will({trouble});
    const BackendOutcome outcome = enter();
    EXPECT_EQ(outcome.status, 503);
    EXPECT_EQ(outcome.body, R"({"error":"Session validation failed: the backend does not answer"})");
    EXPECT_EQ(backend.requests.size(), 3u);
  }
  for (const Fault in_vain : {Fault::kShut, Fault::kTimeout}) {
    backend.requests.clear();
    will({fault(in_vain), answer(200, "{}")});
    EXPECT_EQ(enter().status, 503);
    EXPECT_EQ(backend.requests.size(), 1u) << "nobody waits twice in vain";
  }
}

TEST_F(BackendConnect, ContinuesAnywayOnlyWhenToldToAndNeverAgainstTheBackendsWord) {
  rules.continue_when_down = true;
  will({fault(Fault::kRefused)});
  const BackendOutcome outcome = enter();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.cause, "let in unasked: why");
  will({answer(403, "")});
  EXPECT_EQ(enter().status, 400);
}

TEST_F(BackendConnect, ContinuesForOutagesAloneAndForNothingThatAClientCanBringAbout) {
  rules.continue_when_down = true;
  for (const BackendReply& out : {fault(Fault::kRefused), fault(Fault::kTimeout), fault(Fault::kBroken),
                                  fault(Fault::kShut), answer(502, ""), answer(503, ""), answer(504, "")}) {
    will({out});
    EXPECT_EQ(enter().status, 200);
  }
  connections.records.clear();
  for (const BackendReply& no_outage :
       {answer(408, ""), answer(425, ""), answer(429, ""), answer(500, "oops"), answer(501, ""), answer(302, ""),
        answer(200, "<html>"), fault(Fault::kTooLarge)}) {
    will({no_outage});
    EXPECT_EQ(enter().status, 503);
  }
  EXPECT_TRUE(connections.records.empty());
}

TEST_F(BackendConnect, GivesEachUserOfASessionAChatOfHisOwn) {
  const std::string chat = chat_of_session(client);
  EXPECT_EQ(chat.size(), 43u);
  EXPECT_EQ(chat, chat_of_session({"other=", "s-1", "u-1"}));
  EXPECT_NE(chat, chat_of_session({"c=", "s-1", "u-2"}));
  EXPECT_NE(chat, chat_of_session({"c=", "s-2", "u-1"}));
}

using BackendMessage = Backend;

TEST_F(BackendMessage, GoesAsItIsWithWhatWeKnowOfItsSender) {
  will({answer(200, R"({"type":"pong","timestamp":1})")});
  const BackendOutcome outcome = forward(R"({"type":"ping","userId":"root","connectionId":"x","sessionId":"theirs"})");
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.body, R"({"type":"pong","timestamp":1})");
  ASSERT_EQ(backend.requests.size(), 1u);
  EXPECT_EQ(backend.requests[0].path, "/api/ws/message");
  EXPECT_EQ(nlohmann::json::parse(backend.requests[0].body),
            nlohmann::json::parse(R"({"type":"ping","userId":"u-1","connectionId":"c=","sessionId":"s-1"})"));
}

TEST_F(BackendMessage, MustBeAnObject) {
  will({answer(200, "{}")});
  for (const char* bad : {"[]", "\"text\"", "{", "nonsense", "{\"a\":\"\xff\"}"}) {
    const BackendOutcome outcome = forward(bad);
    EXPECT_EQ(outcome.body, R"({"error":"Message must be a JSON object","reason":"invalid_message"})") << bad;
    EXPECT_TRUE(backend.requests.empty());
  }
  EXPECT_EQ(forward("").status, 200) << "as the document has it: {}";
}

TEST_F(BackendMessage, GetsTheBackendsAnswerWhateverItsStatus) {
  for (const auto& [status, body] :
       {std::pair{500, R"({"error":"Failed to handle message"})"}, {404, "[]"}, {200, "7"}}) {
    will({answer(status, body)});
    EXPECT_EQ(forward("{}").status, 200);
    EXPECT_EQ(forward("{}").body, body);
  }
  will({answer(204, "")});
  EXPECT_EQ(forward("{}").body, "");
}

TEST_F(BackendMessage, FailsInTheDocumentsWordsAndSaysWhyInOne) {
  const std::pair<BackendReply, const char*> cases[] = {{answer(200, "<html></html>"), "backend_answer"},
                                                        {answer(500, "oops"), "backend_answer"},
                                                        {answer(502, "<html>bad gateway</html>"), "backend_down"},
                                                        {answer(500, ""), "backend_answer"},
                                                        {fault(Fault::kTimeout), "backend_timeout"},
                                                        {fault(Fault::kRefused), "backend_down"},
                                                        {fault(Fault::kBroken), "backend_down"},
                                                        {fault(Fault::kShut), "backend_down"},
                                                        {fault(Fault::kTooLarge), "answer_too_large"},
                                                        {answer(200, std::string(131'073, ' ')), "answer_too_large"}};
  for (const auto& [reply, reason] : cases) {
    will({reply});
    const BackendOutcome outcome = forward("{}");
    EXPECT_EQ(outcome.status, 500);
    EXPECT_EQ(outcome.body, fmt::format(R"({{"error":"Failed to process message","reason":"{}"}})", reason));
    EXPECT_FALSE(outcome.cause.empty());
  }
}

TEST_F(BackendMessage, IsSentAgainOnlyWhenItHasNotArrived) {
  will({fault(Fault::kRefused), answer(200, "{}")});
  EXPECT_EQ(forward("{}").status, 200);
  EXPECT_EQ(backend.requests.size(), 2u);
  for (const Fault what : {Fault::kBroken, Fault::kTimeout}) {
    will({fault(what), answer(200, "{}")});
    EXPECT_EQ(forward("{}").status, 500);
    EXPECT_EQ(backend.requests.size(), 1u);
  }
}

class Notices final : public BackendNotices {
 public:
  void leave(const wire::BackendClient& client) override {
    if (fails) throw Error(ErrorKind::kFailure, "throttled");
    left.push_back(client);
  }
  bool fails = false;
  std::vector<wire::BackendClient> left;
};

using BackendDisconnect = Backend;

TEST_F(BackendDisconnect, IsHandedOnBeforeItIsForgotten) {
  connections.put({client, 0, 0});
  Notices notices;
  notices.fails = true;
  EXPECT_THROW(leave_session("c=", connections, notices), Error);
  EXPECT_EQ(connections.records.size(), 1u);
  notices.fails = false;
  EXPECT_EQ(leave_session("c=", connections, notices).client, client);
  EXPECT_EQ(notices.left, std::vector{client});
  EXPECT_TRUE(connections.records.empty());
  EXPECT_EQ(leave_session("c=", connections, notices).client, std::nullopt);
}

TEST_F(BackendDisconnect, IsHandedOnWithoutItsSessionWhenTheTableCannotBeRead) {
  connections.fails = true;
  Notices notices;
  const BackendLeft left = leave_session("c=", connections, notices);
  EXPECT_EQ(left.client, (wire::BackendClient{"c=", "", ""}));
  EXPECT_EQ(left.cause, "cannot be read");
  EXPECT_EQ(notices.left.size(), 1u);
  notices.fails = true;
  EXPECT_THROW(leave_session("c=", connections, notices), Error);
}

TEST_F(BackendDisconnect, IsToldUntilTheBackendHasHeard) {
  will({fault(Fault::kRefused), answer(503, ""), answer(500, ""), fault(Fault::kShut), answer(200, "")});
  tell_disconnect(client, backend);
  EXPECT_EQ(backend.requests.size(), 5u);
  EXPECT_EQ(backend.requests[0].path, "/api/ws/disconnect");
  EXPECT_EQ(backend.requests[0].body, R"({"connectionId":"c=","sessionId":"s-1","userId":"u-1"})");
  EXPECT_EQ(backend.waited, milliseconds(100 + 200 + 400 + 800));
}

TEST_F(BackendDisconnect, TakesARefusalForAnAnswer) {
  will({answer(404, "")});
  tell_disconnect(client, backend);
  EXPECT_EQ(backend.requests.size(), 1u);
}

TEST_F(BackendDisconnect, IsNotToldToWhoRefusesTheRequest) {
  for (const int status : {401, 403, 408, 425, 429}) {
    backend.requests.clear();
    will({answer(status, ""), answer(200, "")});
    tell_disconnect(client, backend);
    EXPECT_EQ(backend.requests.size(), 2u) << status;
  }
}

TEST_F(BackendDisconnect, FailsWhenNobodyHearsSoThatItIsTriedLater) {
  will({fault(Fault::kTimeout)});
  EXPECT_THROW(tell_disconnect(client, backend), Error);
  EXPECT_EQ(backend.requests.size(), 8u);
  backend.requests.clear();
  backend.waited = milliseconds(0);
  backend.most = milliseconds(250);
  EXPECT_THROW(tell_disconnect(client, backend), Error);
  EXPECT_EQ(backend.requests.size(), 2u) << "no longer than its time";
}

using BackendPush = Backend;

TEST_F(BackendPush, GoesToAClientOfTheBackendsAsItIs) {
  connections.put({client, 0, 0});
  RecordingReplies replies;
  EXPECT_EQ(push_frame("c=", "{\"type\": \"output\"}", connections, replies).status, 200);
  ASSERT_EQ(replies.posts.size(), 1u);
  EXPECT_EQ(replies.posts[0].second, "{\"type\": \"output\"}");
  EXPECT_EQ(push_frame("other=", "{}", connections, replies).status, 404);
  EXPECT_EQ(push_frame("c=", "", connections, replies).status, 400);
  EXPECT_EQ(push_frame("c=", "\xff", connections, replies).status, 400);
  EXPECT_EQ(push_frame("c=", std::string(131'073, 'a'), connections, replies).status, 413);
  EXPECT_EQ(push_frame("c=", std::string(131'072, 'a'), connections, replies).status, 200);
  replies.gone.insert("c=");
  EXPECT_EQ(push_frame("c=", "{}", connections, replies).status, 410);
}

TEST(BackendDown, IsAServerThatServesNobody) {
  for (const auto& down : {fault(Fault::kRefused), fault(Fault::kTimeout), fault(Fault::kBroken), answer(502, ""),
                           answer(503, ""), answer(504, "")})
    EXPECT_TRUE(is_down(down));
  for (const auto& up : {answer(200, ""), answer(500, "{}"), answer(404, ""), answer(429, ""), fault(Fault::kTooLarge)})
    EXPECT_FALSE(is_down(up));
}

}  // namespace
}  // namespace wsdeep::chat
