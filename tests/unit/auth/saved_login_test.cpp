#include "auth/saved_login.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace wsdeep::auth {
namespace {

class LoginStoreTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  DiskFiles files_;
  std::filesystem::path file_ = folder_.path() / "state/logins.json";
  LoginStore store_{files_, file_};

  static SavedLogin login(const char* user, const char* client = "c") {
    return {"https://issuer", client, user, "id-token", "access-token", "refresh-token", 1'700'000'000};
  }
  std::string error() const {
    try {
      store_.all();
    } catch (const Error& fault) {
      EXPECT_EQ(fault.kind(), ErrorKind::kFailure);
      EXPECT_FALSE(fault.hint().empty());
      return fault.what();
    }
    return "no error";
  }
};

TEST_F(LoginStoreTest, FindsWhatWasSavedAndTheOneUsedLastWithoutAName) {
  EXPECT_FALSE(store_.find("https://issuer", "c").has_value());
  store_.save(login("ann"));
  store_.save(login("bob"));
  store_.save(login("eve", "other"));
  EXPECT_EQ(store_.find("https://issuer", "c")->username, "bob");
  store_.save(login("ann"));
  EXPECT_EQ(store_.find("https://issuer", "c")->username, "ann");
  EXPECT_EQ(store_.find("https://issuer", "c", "bob")->refresh_token, "refresh-token");
  EXPECT_FALSE(store_.find("https://issuer", "c", "eve").has_value());
  EXPECT_FALSE(store_.find("https://elsewhere", "c").has_value());
  EXPECT_EQ(store_.all().size(), 3u);
}

TEST_F(LoginStoreTest, KeepsEveryField) {
  store_.save(login("ann"));
  EXPECT_EQ(*files_.read(file_),
            R"({"version":1,"logins":[{"issuer":"https://issuer","clientId":"c","username":"ann","idToken":"id-token",)"
            R"("accessToken":"access-token","refreshToken":"refresh-token","expiresAt":1700000000}]})"
            "\n");
  EXPECT_EQ(store_.find("https://issuer", "c", "ann")->expires_at, 1'700'000'000);
}

TEST_F(LoginStoreTest, RemovesOneLogin) {
  store_.save(login("ann"));
  store_.save(login("bob"));
  EXPECT_TRUE(store_.remove("https://issuer", "c", "bob"));
  EXPECT_FALSE(store_.remove("https://issuer", "c", "bob"));
  EXPECT_EQ(store_.find("https://issuer", "c")->username, "ann");
}

TEST_F(LoginStoreTest, IsReadableByItsOwnerOnly) {
  store_.save(login("ann"));
  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  EXPECT_EQ(error(), "refusing to use the saved logins in " + file_.string() + ": others may read it (mode 0640)");
  EXPECT_THROW(store_.save(login("bob")), Error);
}

TEST_F(LoginStoreTest, NamesACorruptFileAndChangesNothing) {
  store_.save(login("ann"));
  for (const char* text : {"", "{", "[]", R"({"version":1})", R"({"version":2,"logins":[]})",
                           R"({"version":1,"logins":[{"issuer":"hidden-word"}]})", "\xFF"}) {
    std::ofstream(file_, std::ios::trunc) << text;
    const std::string message = error();
    EXPECT_TRUE(message.starts_with("cannot read the saved logins in " + file_.string())) << message;
    EXPECT_TRUE(message.ends_with("; nothing was changed")) << message;
    EXPECT_EQ(message.find("hidden-word"), std::string::npos);
    EXPECT_THROW(store_.save(login("bob")), Error);
    EXPECT_THROW(store_.remove("https://issuer", "c", "ann"), Error);
    EXPECT_EQ(*files_.read(file_), text);
  }
}

}  // namespace
}  // namespace wsdeep::auth
