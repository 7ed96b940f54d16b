#include "deploy/web_artifacts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/temporary_folder.h"

namespace wsdeep::deploy {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

class WebArtifactsTest : public ::testing::Test {
 protected:
  WebArtifacts of(const std::string& environment, bool rooms) {
    stack::EnvironmentSettings settings;
    settings.name = environment;
    settings.rooms = rooms;
    return web_artifacts(files_, folder_.path(), settings);
  }
  const Artifact& called(const WebArtifacts& web, std::string_view ending) {
    return *std::find_if(web.files.begin(), web.files.end(),
                         [&](const auto& one) { return one.key.ends_with(ending); });
  }

  DiskFiles files_;
  TemporaryFolder folder_;
};

TEST_F(WebArtifactsTest, LieInAFolderThatIsCalledByTheirHash) {
  const WebArtifacts web = of("prod", false);
  EXPECT_THAT(web.prefix, MatchesRegex("web/[0-9a-f]{32}"));
  for (const Artifact& file : web.files) EXPECT_THAT(file.key, StartsWith(web.prefix + "/"));
  EXPECT_EQ(web.prefix, of("prod", false).prefix);
  EXPECT_NE(web.prefix, of("prod", true).prefix);
  EXPECT_NE(web.prefix, of("staging", false).prefix);
}

TEST_F(WebArtifactsTest, TellThePageWhereItsWebSocketIs) {
  const WebArtifacts web = of("prod", true);
  EXPECT_EQ(files_.read(called(web, "config.json").file), "{\"webSocketUrl\":\"/prod\",\"rooms\":true}\n");
}

TEST_F(WebArtifactsTest, AreStoredWithWhatTheyAreServedWith) {
  const WebArtifacts web = of("prod", false);
  EXPECT_EQ(called(web, "/index.html").headers,
            (net::Headers{{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-cache"}}));
  EXPECT_EQ(called(web, "/js/app.js").headers,
            (net::Headers{{"Content-Type", "text/javascript; charset=utf-8"},
                          {"Cache-Control", "public, max-age=31536000, immutable"}}));
}

TEST_F(WebArtifactsTest, KnowWhatAnEarlierRunHasWritten) {
  EXPECT_FALSE(of("prod", false).files.front().unchanged);
  EXPECT_TRUE(of("prod", false).files.front().unchanged);
}

}  // namespace
}  // namespace wsdeep::deploy
