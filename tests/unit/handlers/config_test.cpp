#include "handlers/config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::handlers {
namespace {

Env env_of(std::map<std::string, std::string, std::less<>> values) {
  return Env(std::move(values));
}

TEST(HandlersConfig, KeepsChatsAndConnectionsEachForItsOwnTime) {
  const chat::Limits usual = limits(env_of({}));
  EXPECT_EQ(usual.connection_ttl, std::chrono::hours(3)) << "a connection lives two hours at most";
  EXPECT_EQ(usual.chat_retention, std::chrono::hours(14 * 24));
  const chat::Limits set = limits(env_of({{"CONNECTION_TTL_SECONDS", "7200"}, {"CHAT_RETENTION_SECONDS", "86400"}}));
  EXPECT_EQ(set.connection_ttl, std::chrono::hours(2));
  EXPECT_EQ(set.chat_retention, std::chrono::hours(24));
}

TEST(HandlersConfig, NamesTheVariableThatIsOutOfRange) {
  for (const char* name :
       {"CHAT_RETENTION_SECONDS", "CONNECTION_TTL_SECONDS", "LLM_TIMEOUT_MS", "LLM_START_SECONDS", "COALESCE_MS"}) {
    try {
      limits(env_of({{name, "-1"}}));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos);
    }
  }
}

TEST(HandlersConfig, WaitsNoLongerForMoreTextThanForTheFirst) {
  EXPECT_EQ(limits(env_of({{"LLM_TIMEOUT_MS", "5000"}})).stall_timeout, std::chrono::seconds(5));
  EXPECT_EQ(limits(env_of({{"LLM_TIMEOUT_MS", "90000"}})).stall_timeout, std::chrono::seconds(30));
}

TEST(HandlersConfig, GivesEveryServiceABudgetOfRetriesOfItsOwn) {
  const Env env = env_of({{"AWS_REGION", "eu-west-1"}});
  const auto first = client_options(env, "DYNAMODB", "dynamodb"), second = client_options(env, "LAMBDA", "lambda");
  ASSERT_NE(first.budget, nullptr);
  EXPECT_NE(first.budget, second.budget);
}

TEST(HandlersConfig, DropsEmptyPartsOfAList) {
  EXPECT_EQ(list(env_of({{"L", " a, ,b ,"}}), "L"), (std::vector<std::string>{"a", "b"}));
}

TEST(HandlersConfig, PostsToTheApisOwnDomainUnlessAnEndpointIsNamed) {
  EXPECT_EQ(callback_url(env_of({{"AWS_REGION", "eu-west-1"}}), "abc", "prod"),
            "https://abc.execute-api.eu-west-1.amazonaws.com/prod");
  EXPECT_EQ(callback_url(env_of({{"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://x/prod"}}), "abc", "prod"),
            "http://x/prod");
}

}  // namespace
}  // namespace wsdeep::handlers
