#include "aws/profile_files.h"

#include <gtest/gtest.h>

#include "aws/credential_chain.h"
#include "base/error.h"
#include "support/memory_files.h"

namespace wsdeep::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;
using Contents = std::map<std::filesystem::path, std::string>;

const Env kEnv(Variables{{"HOME", "/home/ann"}});

TEST(ProfileFiles, MergesBothFilesAndLetsTheCredentialsFileWin) {
  const testing::MemoryFiles files(
      Contents{{"/home/ann/.aws/config",
                "# comment\n[default]\nregion = eu-west-1\n\n[profile  dev] ; mine\r\n"
                "AWS_Access_Key_Id=OLD\r\nrole_arn = arn:aws:iam::1:role/x=y\n"
                "s3 =\n  max_concurrent_requests = 20\n[sso-session corp]\nsso_region=us-east-1\n"
                "[plugins]\nx = y\n"},
               {"/home/ann/.aws/credentials", "[dev]\naws_access_key_id = NEW\n[other]\n"}});
  const ProfileFiles profiles = ProfileFiles::load(kEnv, files);
  EXPECT_EQ(profiles.profile_names(), (std::vector<std::string>{"default", "dev", "other"}));
  const ProfileSettings dev{{"aws_access_key_id", "NEW"}, {"role_arn", "arn:aws:iam::1:role/x=y"}, {"s3", ""}};
  EXPECT_EQ(*profiles.profile("dev"), dev);
  EXPECT_EQ(setting(*profiles.sso_session("corp"), "sso_region"), "us-east-1");
  EXPECT_EQ(profiles.profile("corp"), nullptr);
}

TEST(ProfileFiles, NamesTheLineThatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> table{
      {"[default\n", "/home/ann/.aws/config:1: the section's ']' is missing"},
      {"[default]\n\nnonsense\n", "/home/ann/.aws/config:3: expected 'name = value'"},
      {"a = b\n", "/home/ann/.aws/config:1: a setting before any [section]"}};
  for (const auto& [text, message] : table) {
    try {
      ProfileFiles::load(kEnv, testing::MemoryFiles(Contents{{"/home/ann/.aws/config", text}}));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), message);
    }
  }
}

TEST(ConfiguredRegion, LooksAtTheEnvironmentThenTheProfile) {
  const testing::MemoryFiles files(
      Contents{{"/c", "[default]\nregion=eu-west-1\n[profile dev]\nregion=us-west-2\n[profile x]\n"}});
  const Variables base{{"AWS_CONFIG_FILE", "/c"}};
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
  EXPECT_EQ(configured_region(Env(Variables{}), files), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::aws
