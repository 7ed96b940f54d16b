#include "aws/profile_files.h"

#include <gtest/gtest.h>

#include "aws/credential_chain.h"
#include "base/error.h"
#include "support/memory_files.h"

namespace wsdeep::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;
using Contents = std::map<std::filesystem::path, std::string>;

const Env kProfileEnv(Variables{{"HOME", "/home/ann"}});

TEST(ProfileFiles, MergesBothFilesAndLetsTheCredentialsFileWin) {
  const testing::MemoryFiles files(
      Contents{{"/home/ann/.aws/config",
                "# comment\n[default]\nregion = eu-west-1\n\n[profile  dev] ; mine\r\n"
                "AWS_Access_Key_Id=OLD\r\nrole_arn = arn:aws:iam::1:role/x=y\n"
                "s3 =\n  max_concurrent_requests = 20\n[sso-session corp]\nsso_region=us-east-1\n"
                "[services local]\ndynamodb =\n\tendpoint_url = http://d\n[plugins]\nx = y\n"},
               {"/home/ann/.aws/credentials", "[dev]\naws_access_key_id = NEW\n[other]\n"}});
  const ProfileFiles profiles = ProfileFiles::load(kProfileEnv, files);
  const ProfileSettings& dev = *profiles.profile("dev");
  EXPECT_EQ(setting(dev, "aws_access_key_id"), "NEW");
  EXPECT_EQ(place_of(dev, "aws_access_key_id"), "/home/ann/.aws/credentials:2");
  EXPECT_EQ(setting(dev, "role_arn"), "arn:aws:iam::1:role/x=y");
  EXPECT_EQ(place_of(dev, "role_arn"), "/home/ann/.aws/config:7");
  EXPECT_EQ(dev.find("s3")->second.nested.front().name, "max_concurrent_requests");
  EXPECT_EQ(setting(*profiles.sso_session("corp"), "sso_region"), "us-east-1");
  EXPECT_EQ(profiles.services("local")->find("dynamodb")->second.nested.front().value, "http://d");
  EXPECT_NE(profiles.profile("other"), nullptr);
  EXPECT_EQ(profiles.profile("corp"), nullptr);
}

TEST(ProfileFiles, FollowTheVariablesToTheFiles) {
  const testing::MemoryFiles files(Contents{{"/x/y.cfg", "[default]\nregion = eu-west-1\n"}});
  for (const char* path : {"/x/y.cfg", "~/y.cfg", "$HOME/y.cfg", "${HOME}/y.cfg", "/x/${NAME}.cfg"}) {
    const Env env(Variables{{"HOME", "/x"}, {"NAME", "y"}, {"AWS_CONFIG_FILE", path}});
    EXPECT_NE(ProfileFiles::load(env, files).profile("default"), nullptr) << path;
  }
  const Env unset(Variables{{"HOME", "/x"}, {"AWS_CONFIG_FILE", "/x/$NAME.cfg"}});
  EXPECT_EQ(expand_path(unset, "/x/$NAME.cfg$"), "/x/$NAME.cfg$");
  EXPECT_TRUE(expand_path(Env(Variables{}), "~/x").starts_with("/")) << "the user's home folder, without HOME";
}

TEST(ChooseProfile, TakesTheNameThatCountsMost) {
  const auto choose = [](Variables env, const char* name = "") {
    return choose_profile(Env(std::move(env)), name).name;
  };
  EXPECT_EQ(choose({}), "default");
  EXPECT_EQ(choose({{"AWS_PROFILE", "a"}}), "a");
  EXPECT_EQ(choose({{"AWS_DEFAULT_PROFILE", "b"}}), "b");
  EXPECT_EQ(choose({{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "a"}}), "a");
  EXPECT_EQ(choose({{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "b"}}, "c"), "c");
  EXPECT_THROW(choose({{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "b"}}), Error);
}

TEST(ConfiguredRegion, LooksAtTheEnvironmentThenTheProfile) {
  const testing::MemoryFiles files(
      Contents{{"/c", "[default]\nregion=eu-west-1\n[profile dev]\nregion=us-west-2\n[profile x]\n"}});
  const Variables base{{"AWS_CONFIG_FILE", "/c"}, {"HOME", "/home/ann"}};
  const auto with = [&](const char* name, const char* value) {
    auto values = base;
    values[name] = value;
    return Env(values);
  };
  EXPECT_EQ(configured_region(Env(base), files), "eu-west-1");
  EXPECT_EQ(configured_region(Env(base), files, "dev"), "us-west-2");
  EXPECT_EQ(configured_region(Env(base), files, "x"), std::nullopt);
  EXPECT_EQ(configured_region(with("AWS_PROFILE", "dev"), files), "us-west-2");
  EXPECT_EQ(configured_region(with("AWS_DEFAULT_REGION", "a"), files), "a");
  EXPECT_EQ(configured_region(with("AWS_REGION", "b"), files, "dev"), "b");
  EXPECT_EQ(configured_region(Env(Variables{{"HOME", "/home/ann"}}), files), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::aws
