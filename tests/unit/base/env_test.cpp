#include "base/env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Env, PassesNoSecretOfOursOn) {
  const Env env({{"AWS_SECRET_ACCESS_KEY", "s"},
                 {"AWS_SESSION_TOKEN", "s"},
                 {"PATH", "/bin"},
                 {"WSDEEP_CLIENT_SECRET", "s"},
                 {"WSDEEP_ENGINE_API_KEY", "s"},
                 {"WSDEEP_LAB_SECRET", "s"},
                 {"WSDEEP_NEW_PASSWORD", "s"},
                 {"WSDEEP_PASSWORD", "s"},
                 {"WSDEEP_REDIS_PASSWORD", "s"},
                 {"WSDEEP_SERVICE_CLIENT_SECRET", "s"},
                 {"WSDEEP_URL", "wss://x"}});
  EXPECT_THAT(env.without_secrets().all(), ElementsAre(Pair("PATH", "/bin"), Pair("WSDEEP_URL", "wss://x")));
}

}  // namespace
}  // namespace wsdeep
