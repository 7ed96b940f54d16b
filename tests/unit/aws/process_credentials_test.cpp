#include <gtest/gtest.h>

#include "aws/credential_sources.h"
#include "base/error.h"

namespace wsdeep::aws {
namespace {

const Env kProcessEnv(std::map<std::string, std::string, std::less<>>{{"PATH", "/usr/bin:/bin"},
                                                                      {"GREETING", "hello"}});

std::string error_of(const std::string& command, std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
  try {
    process_credentials(kProcessEnv, command, timeout);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ProcessCredentials, RunsTheCommandInAShellWithTheGivenEnvironment) {
  const Credentials keys = process_credentials(
      kProcessEnv,
      R"(echo "{\"Version\":1,\"AccessKeyId\":\"$GREETING\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",)"
      R"(\"Expiration\":\"2024-02-19T09:11:42+02:00\"}")");
  EXPECT_EQ(keys.access_key_id, "hello");
  EXPECT_EQ(keys.secret_access_key, "s");
  EXPECT_EQ(keys.session_token, "t");
  EXPECT_EQ(keys.expiry, from_epoch_ms(1'708'326'702'000));
}

TEST(ProcessCredentials, SaysWhyItFailedButNeverWhatItPrinted) {
  EXPECT_EQ(error_of("echo hidden-word; exit 3"), "credential_process failed with exit code 3");
  EXPECT_EQ(error_of("kill -9 $$"), "credential_process was ended by signal 9");
  EXPECT_EQ(error_of("echo '{\"Version\":2}'"), "credential_process printed a document of unknown version");
  EXPECT_EQ(error_of("true"), "credential_process printed nothing");
  EXPECT_EQ(error_of("echo '{'").rfind("credential_process printed no credentials: ", 0), 0u);
  EXPECT_EQ(error_of("yes hidden-word | head -c 200000"), "credential_process printed too much");
  for (const char* bad : {"echo hidden-word", "true", "echo '{\"Version\":1,\"AccessKeyId\":\"hidden-word\"}'"}) {
    const std::string error = error_of(bad);
    EXPECT_NE(error, "no error") << bad;
    EXPECT_EQ(error.find("hidden-word"), std::string::npos) << error;
  }
}

TEST(ProcessCredentials, EndsACommandThatHangs) {
  EXPECT_EQ(error_of("sleep 600", std::chrono::milliseconds(50)), "credential_process did not answer within 50 ms");
  EXPECT_EQ(error_of("exec >&-; sleep 600", std::chrono::milliseconds(50)),
            "credential_process did not answer within 50 ms");
}

TEST(ProcessCredentials, AreNoLongerWaitedForWhenTheyAreStopped) {
  std::stop_source stop;
  stop.request_stop();
  try {
    process_credentials(kProcessEnv, "sleep 600", std::chrono::minutes(1), stop.get_token());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
}

TEST(ProcessCredentials, DoesNotReadOurStandardInput) {
  EXPECT_EQ(error_of("read line && exit 7; exit 8"), "credential_process failed with exit code 8");
}

TEST(ParseExpiry, ReadsTheFormsThatToolsWrite) {
  const SystemTime moment = from_epoch_ms(1'708'326'702'000);
  for (const char* text : {"2024-02-19T07:11:42Z", "2024-02-19T07:11:42UTC", "2024-02-19T07:11:42+00:00",
                           "2024-02-19T02:41:42-04:30", "2024-02-19T07:11:42.000Z"})
    EXPECT_EQ(parse_expiry(text), moment) << text;
  for (const char* bad :
       {"", "tomorrow", "2024-02-19T07:11:42", "2024-02-19T07:11:42+2:00", "2024-02-19T07:11:42+99:00"})
    EXPECT_THROW(parse_expiry(bad), Error) << bad;
}

}  // namespace
}  // namespace wsdeep::aws
