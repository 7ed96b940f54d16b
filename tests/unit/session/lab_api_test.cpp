#include "session/lab_api.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/scripted_http_server.h"

namespace wsdeep::session {
namespace {

class LabApiTest : public ::testing::Test {
 protected:
  void answer(int status, const std::string& body, const net::Headers& headers = {}) {
    server_.expect([=](const net::HttpRequest&) { return net::HttpResponse{status, headers, body}; });
  }
  template <typename Call>
  Error fault_of(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kUsage, ""};
  }

  testing::ScriptedHttpServer server_;
  LabApi api_{server_.url(), "", "TOKEN"};
};

TEST_F(LabApiTest, MakesASession) {
  answer(201, R"({"sessionId":"s-1"})");
  EXPECT_EQ(api_.create({120, 40}, ""), "s-1");
  const net::HttpRequest asked = server_.requests().front();
  EXPECT_EQ(asked.method + " " + asked.target, "POST /api/labs/session");
  EXPECT_EQ(net::header(asked.headers, "Authorization"), "Bearer TOKEN");
  EXPECT_EQ(asked.body, R"({"cols":120,"rows":40})");
}

TEST_F(LabApiTest, AsksForASizeThatATerminalCanHave) {
  answer(201, R"({"sessionId":"s-1"})");
  answer(201, R"({"sessionId":"s-2"})");
  api_.create({700, 300}, "");
  api_.create({0, 0}, "");
  EXPECT_EQ(server_.requests()[0].body, R"({"cols":500,"rows":200})");
  EXPECT_EQ(server_.requests()[1].body, R"({"cols":2,"rows":1})");
}

TEST_F(LabApiTest, ListsEndsAndValidates) {
  answer(200, R"({"sessions":[{"sessionId":"a","state":"running","createdAt":5,"lastUsedAt":6,"cols":80,"rows":24},
                              {"sessionId":"b"}]})");
  const auto sessions = api_.list();
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0].state, "running");
  EXPECT_EQ(sessions[0].used_ms, 6);
  EXPECT_EQ(sessions[0].size, (LabSize{80, 24}));
  EXPECT_EQ(sessions[1].state, "");
  answer(204, "");
  api_.end("a");
  EXPECT_EQ(server_.requests().back().method + " " + server_.requests().back().target, "DELETE /api/labs/session/a");
  answer(200, R"({"valid":true,"sessionId":"a"})");
  api_.validate("a");
  EXPECT_EQ(server_.requests().back().target, "/api/labs/session/a/validate");
}

TEST_F(LabApiTest, SaysWhatIsWrongAndWhatToDo) {
  answer(401, R"({"error":"token has expired"})");
  const Error refused = fault_of([&] { api_.validate("s"); });
  EXPECT_EQ(refused.kind(), ErrorKind::kRefused);
  EXPECT_STREQ(refused.what(), "cannot connect to the session s: token has expired (401)");
  EXPECT_EQ(refused.hint(), "sign in with: wsdeep login USER");
  answer(404, R"({"error":"no such session"})");
  EXPECT_EQ(fault_of([&] { api_.end("s"); }).kind(), ErrorKind::kNotFound);
  answer(503, R"({"error":"sessions are not available"})", {{"Retry-After", "5"}});
  EXPECT_EQ(fault_of([&] { api_.list(); }).hint(), "try again in 5 s");
  answer(429, R"({"error":"too many sessions"})");
  EXPECT_NE(fault_of([&] { api_.create({}, ""); }).hint().find("wsdeep lab end"), std::string::npos);
}

TEST_F(LabApiTest, IsNotImpressedByAnotherServer) {
  answer(200, "<html>hello</html>");
  EXPECT_EQ(fault_of([&] { api_.list(); }).hint(), "is this the lab's server?");
  answer(201, R"({"sessionId":"../x"})");
  EXPECT_EQ(fault_of([&] { api_.create({}, ""); }).kind(), ErrorKind::kFailure);
  answer(500, "<html>\x1b[31m</html>");
  EXPECT_STREQ(fault_of([&] { api_.list(); }).what(), "cannot list the sessions: the lab answered 500");
  answer(400, "{\"error\":\"\\u001b[31mred\"}");
  EXPECT_EQ(std::string(fault_of([&] { api_.list(); }).what()).find('\x1b'), std::string::npos);
}

TEST(LabApi, TellsAServerThatIsNotThere) {
  LabApi api("http://127.0.0.1:1", "", "T");
  try {
    api.list();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_EQ(error.hint(), "the lab's server does not run there");
  }
}

TEST(LabApi, KnowsWhatAnIdLooksLike) {
  for (const char* id : {"a", "0f3b2c1e-aaaa-4bbb-8ccc-1234567890ab", "x_1"}) EXPECT_TRUE(is_lab_session_id(id)) << id;
  for (const std::string& id : {std::string(), std::string("a/b"), std::string("a b"), std::string("ä"),
                                std::string("a?b"), std::string(129, 'a')})
    EXPECT_FALSE(is_lab_session_id(id)) << id;
}

}  // namespace
}  // namespace wsdeep::session
