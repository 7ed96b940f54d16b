#include <gtest/gtest.h>

#include "wire/gateway_event.h"

namespace wsdeep::wire {
namespace {

TEST(RouteSelection, EvaluatesExpressions) {
  const std::string_view body =
      R"({"action":"message","n":1,"t":true,"z":null,"o":{"a":[{"b":"deep"},2]},"a-b":"dash","":"empty"})";
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"$request.body.action", "message"},
      {"${request.body.action}", "message"},
      {"${request.body.action}/${request.body.n}", "message/1"},
      {"route-$request.body.action-$request.body.n", "route-message-1"},
      {"$request.body.missing", ""},
      {"$request.body.action.deeper", ""},
      {"$request.body.z", ""},
      {"$request.body.t", "true"},
      {"$request.body.o.a[0].b", "deep"},
      {"$request.body.o.a[1]", "2"},
      {"$request.body.o.a[2]", ""},
      {"${request.body.o.a[-1]}", ""},
      {"$request.body.o.a[1", ""},
      {"$request.body.o.a[x]", ""},
      {"$request.body.o.a[99999999999999999999]", ""},
      {"$request.body.o[0]", ""},
      {"$request.body.o.a", R"([{"b":"deep"},2])"},
      {"${request.body.a-b}", "dash"},
      {"${request.header.host}", ""},
      {"$request.bodyaction", ""},
      {"literal", "literal"},
      {R"(\$default)", "$default"},
      {"$default", "$default"},
      {"${request.body.action", "${request.body.action"},
      {"5$", "5$"},
      {"", ""},
  };
  for (const auto& [expression, expected] : cases)
    EXPECT_EQ(evaluate_route_selection(expression, body), expected) << expression;
}

TEST(RouteSelection, IsEmptyForABodyThatIsNotAJsonObject) {
  for (const std::string& body : {std::string(), std::string("hello"), std::string("[1]"), std::string("\"x\""),
                                  std::string("{\"action\":\"\xFF\"}"), std::string(100'000, '[')})
    EXPECT_EQ(evaluate_route_selection("$request.body.action", body), "");
}

}  // namespace
}  // namespace wsdeep::wire
