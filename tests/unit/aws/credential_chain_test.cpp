#include "aws/credential_chain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aws/sigv4.h"
#include "base/error.h"
#include "support/manual_clock.h"
#include "support/memory_files.h"
#include "support/scripted_http_server.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kSoon = "2023-11-14T23:13:20Z";  // an hour after the manual clock's start

std::string key_document(const char* key, const char* token_name = "Token", const char* expiry = kSoon) {
  return std::string(R"({"Code":"Success","AccessKeyId":")") + key + R"(","SecretAccessKey":"s",")" + token_name +
         R"(":"t","Expiration":")" + expiry + "\"}";
}

std::string sts_document(const char* key) {
  return std::string("<R><Result><Credentials><AccessKeyId>") + key +
         "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t&amp;u</SessionToken><Expiration>" + kSoon +
         "</Expiration></Credentials></Result></R>";
}

class CredentialChainTest : public ::testing::Test {
 protected:
  testing::ScriptedHttpServer server_;
  testing::ManualClock clock_;
  testing::MemoryFiles files_;
  std::map<std::string, std::string, std::less<>> env_{
      {"HOME", "/h"}, {"PATH", "/bin:/usr/bin"}, {"AWS_EC2_METADATA_DISABLED", "true"}};

  Credentials get(std::string profile = {}) {
    return CredentialChain(Env(env_), files_, clock_, std::move(profile)).get();
  }
  void config(std::string text) { files_.contents["/h/.aws/config"] = std::move(text); }
  /// What `get` says when it fails: `message | hint`.
  std::string fault(std::string profile = {}) {
    try {
      get(std::move(profile));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRefused);
      return std::string(error.what()) + " | " + error.hint();
    }
    return "no error";
  }
};

TEST_F(CredentialChainTest, TakesTheEnvironmentFirst) {
  env_["AWS_ACCESS_KEY_ID"] = "ENV";
  env_["AWS_SECRET_ACCESS_KEY"] = "secret";
  env_["AWS_SESSION_TOKEN"] = "token";
  env_["AWS_PROFILE"] = "dev";
  config("[profile dev]\naws_access_key_id=DEV\naws_secret_access_key=x\n");
  const Credentials keys = get();
  EXPECT_EQ(keys.access_key_id + keys.secret_access_key + keys.session_token, "ENVsecrettoken");
  EXPECT_EQ(keys.expiry, std::nullopt);
  EXPECT_EQ(get("dev").access_key_id, "DEV") << "a profile that was asked for by name counts more";
  env_.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_NE(fault().find("only one of AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(CredentialChainTest, ListsWhatItTriedWhenThereIsNothing) {
  EXPECT_EQ(fault(),
            "cannot get AWS credentials: no AWS credentials; tried environment (AWS_ACCESS_KEY_ID is not set), web "
            "identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set), profile 'default' (not in ~/.aws/config or "
            "~/.aws/credentials), container (AWS_CONTAINER_CREDENTIALS_FULL_URI is not set), instance metadata "
            "(AWS_EC2_METADATA_DISABLED is true) | set AWS_PROFILE, or run `aws configure` or `aws sso login`; an "
            "instance needs a role");
}

TEST_F(CredentialChainTest, SuggestsTheProfileThatWasMeant) {
  config("[profile production]\n");
  EXPECT_NE(fault("prodution").find("did you mean 'production'?"), std::string::npos);
  env_["AWS_PROFILE"] = "xyz";
  EXPECT_NE(fault().find("AWS profile 'xyz' is neither in"), std::string::npos);
}

TEST_F(CredentialChainTest, ReadsStaticKeysOfAProfile) {
  env_["AWS_SHARED_CREDENTIALS_FILE"] = "/creds";
  files_.contents["/creds"] =
      "[default]\naws_access_key_id=K\naws_secret_access_key=s\naws_session_token=t\n[half]\n"
      "aws_access_key_id=K\n";
  EXPECT_EQ(get().session_token, "t");
  EXPECT_NE(fault("half").find("only one of"), std::string::npos);
}

TEST_F(CredentialChainTest, TellsWhatHasExpiredAlready) {
  config(R"([default]
credential_process = printf '{"Version":1,"AccessKeyId":"K","SecretAccessKey":"s","Expiration":"1999-01-01T00:00:00Z"}')");
  EXPECT_EQ(fault(),
            "cannot get AWS credentials: those that the environment, profile or role gives expired at "
            "1999-01-01T00:00:00Z | sign in again where they come "
            "from, such as `aws sso login`, and look at this machine's clock");
}

TEST_F(CredentialChainTest, RunsTheCredentialProcess) {
  config(R"([default]
credential_process = printf '{"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"s"}')");
  EXPECT_EQ(get().access_key_id, "PROC");
}

TEST_F(CredentialChainTest, AssumesARoleWithTheSourceProfilesKeys) {
  env_["AWS_ENDPOINT_URL_STS"] = server_.url();
  config(
      "[profile base]\naws_access_key_id=BASE\naws_secret_access_key=basesecret\n[profile admin]\n"
      "role_arn=arn:aws:iam::1:role/admin\nsource_profile=base\nexternal_id=e&x\nrole_session_name=me\n"
      "duration_seconds=900\nregion=eu-west-1\n");
  server_.expect(200, sts_document("ROLE"));
  const Credentials keys = get("admin");
  EXPECT_EQ(keys.access_key_id, "ROLE");
  EXPECT_EQ(keys.session_token, "t&u");
  EXPECT_EQ(keys.expiry, clock_.now() + std::chrono::hours(1));
  const net::HttpRequest got = server_.last_request();
  EXPECT_EQ(got.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fadmin&"
            "RoleSessionName=me&ExternalId=e%26x&DurationSeconds=900");
  EXPECT_EQ(verify_signature("POST", "/", got.headers, got.body, {"BASE", "basesecret", "", std::nullopt},
                             {"eu-west-1", "sts"}, clock_.now()),
            SignatureVerdict::kValid);
}

TEST_F(CredentialChainTest, AssumesRolesInAChainAndFromTheEnvironment) {
  env_["AWS_ENDPOINT_URL_STS"] = server_.url();
  config(
      "[profile one]\nrole_arn=arn:1\nsource_profile=two\n[profile two]\nrole_arn=arn:2\nsource_profile=keys\n"
      "[profile keys]\naws_access_key_id=K\naws_secret_access_key=s\n[profile "
      "env]\nrole_arn=arn:3\ncredential_source=Environment\n"
      "[profile loop]\nrole_arn=arn:4\nsource_profile=pool\n[profile pool]\nrole_arn=arn:5\nsource_profile=loop\n"
      "[profile none]\nrole_arn=arn:6\n[profile odd]\nrole_arn=arn:7\ncredential_source=Moon\n"
      "[profile mfa]\nrole_arn=arn:8\nsource_profile=two\nmfa_serial=m\n");
  server_.expect(200, sts_document("TWO"));
  server_.expect(200, sts_document("ONE"));
  EXPECT_EQ(get("one").access_key_id, "ONE");
  EXPECT_NE(net::header(server_.last_request().headers, "Authorization")->find("Credential=TWO/"), std::string::npos);
  EXPECT_NE(fault("env").find("takes its credentials from Environment, which has none"), std::string::npos);
  EXPECT_NE(fault("loop").find("is its own source_profile"), std::string::npos);
  EXPECT_NE(fault("none").find("neither source_profile nor credential_source"), std::string::npos);
  EXPECT_NE(fault("odd").find("unknown credential_source 'Moon'"), std::string::npos);
  EXPECT_NE(fault("mfa").find("export-credentials --profile mfa"), std::string::npos);
}

TEST_F(CredentialChainTest, SaysWhyARoleIsRefused) {
  env_["AWS_ENDPOINT_URL_STS"] = server_.url();
  config("[profile a]\nrole_arn=arn:1\nsource_profile=a\naws_access_key_id=K\naws_secret_access_key=s\n");
  server_.expect(403,
                 "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
  EXPECT_NE(fault("a").find("cannot AssumeRole at sts: AccessDenied: not you"), std::string::npos);
}

TEST_F(CredentialChainTest, ExchangesAWebIdentityTokenWithoutSigning) {
  env_["AWS_ENDPOINT_URL_STS"] = server_.url();
  env_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
  env_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  EXPECT_NE(fault().find("the web identity token file /token is missing"), std::string::npos);
  files_.contents["/token"] = "the.jwt\n";
  server_.expect(200, sts_document("WEB"));
  EXPECT_EQ(get().access_key_id, "WEB");
  EXPECT_EQ(server_.last_request().body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fpod&"
            "RoleSessionName=wsdeep-1700000000&WebIdentityToken=the.jwt");
  EXPECT_EQ(net::header(server_.last_request().headers, "Authorization"), std::nullopt);
}

TEST_F(CredentialChainTest, ReadsAWebIdentityOfAProfile) {
  env_["AWS_ENDPOINT_URL_STS"] = server_.url();
  config("[default]\nrole_arn=arn:1\nweb_identity_token_file=~/token\n");
  files_.contents["/h/token"] = "jwt";
  server_.expect(200, sts_document("WEB"));
  EXPECT_EQ(get().access_key_id, "WEB");
}

class SsoCredentials : public CredentialChainTest {
 protected:
  SsoCredentials() {
    env_["AWS_ENDPOINT_URL_SSO"] = server_.url();
    config(
        "[profile dev]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=Read Only\n"
        "[sso-session corp]\nsso_region=us-east-1\nsso_start_url=https://corp.awsapps.com/start\n"
        "[profile old]\nsso_start_url=https://corp.awsapps.com/start\nsso_region=us-east-1\n"
        "sso_account_id=1\nsso_role_name=R\n[profile lost]\nsso_session=gone\nsso_account_id=1\n");
  }
  void cache(const char* name, const char* expires_at) {
    files_.contents[std::string("/h/.aws/sso/cache/") + name + ".json"] =
        std::string(R"({"accessToken":"bearer","expiresAt":")") + expires_at + "\"}";
  }
  // printf %s corp | sha1sum
  static constexpr const char* kSession = "ee0bfd2552fbd840c02cc48b6e823320543c450f";
};

TEST_F(SsoCredentials, ExchangesTheCachedTokenForKeys) {
  cache(kSession, kSoon);
  server_.expect(200, R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"s","sessionToken":"t",)"
                      R"("expiration":1700003600000}})");
  const Credentials keys = get("dev");
  EXPECT_EQ(keys.access_key_id, "SSO");
  EXPECT_EQ(keys.expiry, clock_.now() + std::chrono::hours(1));
  const net::HttpRequest got = server_.last_request();
  EXPECT_EQ(got.target, "/federation/credentials?role_name=Read%20Only&account_id=123456789012");
  EXPECT_EQ(net::header(got.headers, "x-amz-sso_bearer_token"), "bearer");
}

TEST_F(SsoCredentials, RenewsASessionThatEndsSoon) {
  env_["AWS_ENDPOINT_URL_SSO_OIDC"] = server_.url();
  const std::filesystem::path path = std::string("/h/.aws/sso/cache/") + kSession + ".json";
  const std::string role =
      R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"s","sessionToken":"t","expiration":1700003600000}})";
  const auto cached = [](const char* expires_at, const char* more) {
    return fmt::format(R"({{"accessToken":"old","expiresAt":"{}","startUrl":"u"{}}})", expires_at, more);
  };
  constexpr const char* kRegistered =
      R"(,"refreshToken":"r1","clientId":"c","clientSecret":"cs","registrationExpiresAt":"2023-12-14T00:00:00Z")";
  constexpr const char* kEnded = "2023-11-14T22:13:00Z";

  files_.contents[path] = cached(kEnded, kRegistered);
  server_.expect(200, R"({"accessToken":"new","expiresIn":3600,"refreshToken":"r2","tokenType":"Bearer"})");
  server_.expect(200, role);
  EXPECT_EQ(get("dev").access_key_id, "SSO");
  EXPECT_EQ(net::header(server_.last_request().headers, "x-amz-sso_bearer_token"), "new");
  EXPECT_EQ(files_.contents[path],
            R"({"accessToken":"new","clientId":"c","clientSecret":"cs","expiresAt":"2023-11-14T23:13:20Z",)"
            R"("refreshToken":"r2","registrationExpiresAt":"2023-12-14T00:00:00Z","startUrl":"u"})");

  // A refusal some minutes before the end does no harm; afterwards it is told, and no token.
  files_.contents[path] = cached("2023-11-14T22:20:00Z", kRegistered);
  server_.expect(400, R"({"error":"invalid_grant","error_description":"Invalid refresh token provided"})");
  server_.expect(200, role);
  EXPECT_EQ(get("dev").access_key_id, "SSO");
  files_.contents[path] = cached(kEnded, kRegistered);
  server_.expect(400, R"({"error":"invalid_grant","error_description":"Invalid refresh token provided"})");
  const std::string words = fault("dev");
  EXPECT_NE(words.find("the SSO session of profile 'dev' has expired, and was not renewed"), std::string::npos)
      << words;
  EXPECT_NE(words.find("| run `aws sso login --profile dev`"), std::string::npos) << words;
  EXPECT_EQ(words.find("r1"), std::string::npos) << words;

  // A registration that has ended renews nothing, and nobody is asked.
  files_.contents[path] = cached(
      kEnded,
      R"(,"refreshToken":"r1","clientId":"c","clientSecret":"cs","registrationExpiresAt":"2023-11-01T00:00:00Z")");
  EXPECT_NE(fault("dev").find("has expired | run"), std::string::npos);
}

TEST_F(SsoCredentials, AsksForALoginWhenTheTokenIsMissingExpiredOrRefused) {
  EXPECT_NE(fault("dev").find("profile 'dev' is not signed in to SSO | run `aws sso login --profile dev`"),
            std::string::npos);
  EXPECT_NE(fault("old").find("run `aws sso login --profile old`"), std::string::npos);
  cache(kSession, "2023-11-14T22:13:20UTC");
  EXPECT_NE(fault("dev").find("has expired | run `aws sso login --profile dev`"), std::string::npos);
  cache(kSession, kSoon);
  server_.expect(401, R"({"message":"Session token not found or invalid"})",
                 {{"x-amzn-ErrorType", "UnauthorizedException"}});
  EXPECT_NE(fault("dev").find("| run `aws sso login --profile dev`"), std::string::npos);
  EXPECT_NE(fault("lost").find("names sso-session 'gone', which does not exist"), std::string::npos);
}

TEST_F(CredentialChainTest, AsksTheContainersAgentWithItsToken) {
  env_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server_.url() + "/creds?x=1";
  env_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "ignored";
  env_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  files_.contents["/token"] = "Bearer x\n";
  server_.expect(200, key_document("POD"));
  EXPECT_EQ(get().access_key_id, "POD");
  EXPECT_EQ(server_.last_request().target, "/creds?x=1");
  EXPECT_EQ(net::header(server_.last_request().headers, "Authorization"), "Bearer x");
  files_.contents["/token"] = "a\r\nX-Evil: 1";
  EXPECT_NE(fault().find("holds a line break"), std::string::npos);
}

TEST_F(CredentialChainTest, SendsTheContainersTokenNowhereElse) {
  for (const char* url : {"http://example.com/x", "http://127.evil.test/x", "http://169.254.169.254/x"}) {
    env_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_NE(fault().find("neither https nor a loopback address"), std::string::npos) << url;
  }
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@evil.test/";
  EXPECT_NE(fault().find("does not start with '/'"), std::string::npos);
}

class InstanceCredentials : public CredentialChainTest {
 protected:
  InstanceCredentials() {
    env_.erase("AWS_EC2_METADATA_DISABLED");
    env_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server_.url() + "/";
  }
};

TEST_F(InstanceCredentials, SpeaksVersionTwoOnly) {
  server_.expect(200, "session-token");
  server_.expect(200, "my role\n");
  server_.expect(200, key_document("INSTANCE"));
  EXPECT_EQ(get().access_key_id, "INSTANCE");
  const auto requests = server_.requests();
  EXPECT_EQ(requests[0].method + " " + requests[0].target, "PUT /latest/api/token");
  EXPECT_EQ(net::header(requests[0].headers, "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests[2].target, "/latest/meta-data/iam/security-credentials/my%20role");
  EXPECT_EQ(net::header(requests[2].headers, "X-aws-ec2-metadata-token"), "session-token");
}

TEST_F(InstanceCredentials, GivesUpWithoutASessionTokenOrARole) {
  server_.expect(403, "");
  EXPECT_NE(fault().find("does not answer as an instance's would)"), std::string::npos);
  server_.expect(200, "session-token");
  server_.expect(404, "");
  EXPECT_NE(fault().find("instance metadata (the instance has no role)"), std::string::npos);
  server_.expect(200, "session-token");
  server_.expect(200, "role");
  server_.expect(500, "");
  EXPECT_NE(fault().find("the instance metadata service answered HTTP 500"), std::string::npos);
}

TEST_F(InstanceCredentials, AreKeptUntilFiveMinutesBeforeTheyExpire) {
  const auto expect_keys = [&](const char* key, const char* expiry) {
    server_.expect(200, "session-token");
    server_.expect(200, "role");
    server_.expect(200, key_document(key, "Token", expiry));
  };
  CredentialChain chain(Env(env_), files_, clock_);
  expect_keys("FIRST", kSoon);
  EXPECT_EQ(chain.get().access_key_id, "FIRST");
  clock_.advance(std::chrono::minutes(54));
  EXPECT_EQ(chain.get().access_key_id, "FIRST");
  clock_.advance(std::chrono::minutes(1));
  server_.expect(403, "");
  EXPECT_EQ(chain.get().access_key_id, "FIRST") << "a failed renewal does no harm yet";
  expect_keys("SECOND", "2023-11-15T02:13:20Z");
  EXPECT_EQ(chain.get().access_key_id, "SECOND");
  clock_.advance(std::chrono::hours(4));
  server_.expect(403, "");
  EXPECT_THROW(chain.get(), Error);
}

}  // namespace
}  // namespace wsdeep::aws
