#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "base/encoding.h"
#include "base/hash.h"
#include "net/form.h"
#include "support/cognito_web_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using wsdeep::testing::attribute;
using wsdeep::testing::CognitoWeb;
using wsdeep::testing::header_of;
using wsdeep::testing::in_location;
using wsdeep::testing::kBack;
using wsdeep::testing::kCsrf;
using wsdeep::testing::kPassword;

class CognitoHostedUi : public CognitoWeb {};

TEST_F(CognitoHostedUi, SignsInAndGivesTokensForTheCode) {
  create_confirmed("ann", json::array({attribute("email", "ann@example.com"), attribute("email_verified", "true"),
                                       attribute("given_name", "Ann")}));
  const net::HttpResponse start = get("/oauth2/authorize?" + net::encode_form(request_fields()));
  EXPECT_EQ(start.status, 302);
  const net::HttpResponse page = get(header_of(start, "Location"));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<label for=\"password\">"));

  const net::HttpResponse done = post_login(password_fields("ann@example.com"));
  EXPECT_EQ(done.status, 303);
  EXPECT_THAT(header_of(done, "Location"), StartsWith(std::string(kBack) + "?code="));
  EXPECT_EQ(in_location(done, "state"), "st&te");

  const json given = tokens(exchange_fields(in_location(done, "code")));
  EXPECT_EQ(given["token_type"], "Bearer");
  EXPECT_EQ(given["expires_in"], 3600);
  ASSERT_TRUE(verify(given["id_token"]));
  ASSERT_TRUE(verify(given["access_token"]));
  const json id = claims_of(given["id_token"]), access = claims_of(given["access_token"]);
  EXPECT_EQ(id["nonce"], "n-1");
  EXPECT_EQ(id["at_hash"], base64url(sha256(given["access_token"].get<std::string>()).substr(0, 16)));
  EXPECT_EQ(id["email"], "ann@example.com");
  EXPECT_FALSE(id.contains("given_name")) << "was not asked for";
  EXPECT_EQ(access["scope"], "openid email");

  const net::Headers bearer = {{"Authorization", "Bearer " + given["access_token"].get<std::string>()}};
  const json info = json::parse(get("/oauth2/userInfo", bearer).body);
  EXPECT_EQ(info,
            (json{{"sub", id["sub"]}, {"username", "ann"}, {"email", "ann@example.com"}, {"email_verified", "true"}}));
  EXPECT_EQ(fault("GetUser", {{"AccessToken", given["access_token"]}}),
            "NotAuthorizedException: Access Token does not have required scopes");

  const net::FormFields refresh = {
      {"grant_type", "refresh_token"}, {"client_id", service_->client_id()}, {"refresh_token", given["refresh_token"]}};
  const json renewed = tokens(refresh);
  EXPECT_EQ(claims_of(renewed["access_token"])["scope"], "openid email");
  EXPECT_FALSE(claims_of(renewed["id_token"]).contains("nonce"));
  EXPECT_FALSE(renewed.contains("refresh_token"));
  const net::HttpResponse revoked =
      post("/oauth2/revoke", {{"client_id", service_->client_id()}, {"token", given["refresh_token"]}});
  EXPECT_EQ(revoked.status, 200);
  EXPECT_EQ(error_of(token(refresh)), "400 invalid_grant");
  EXPECT_EQ(error_of(get("/oauth2/userInfo", bearer)), "401 invalid_token");
}

TEST_F(CognitoHostedUi, ShowsAPageThatKeepsToItself) {
  const net::HttpResponse page = get(login_target());
  EXPECT_THAT(header_of(page, "Content-Security-Policy"), HasSubstr("default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(header_of(page, "Content-Security-Policy"),
              HasSubstr("form-action 'self' http://127.0.0.1:8123 https://app.example.com; base-uri 'none'; "
                        "frame-ancestors 'none'"));
  EXPECT_EQ(header_of(page, "X-Frame-Options"), "DENY");
  EXPECT_EQ(header_of(page, "Cache-Control"), "no-store");
  EXPECT_EQ(header_of(page, "Referrer-Policy"), "no-referrer");
  EXPECT_THAT(header_of(page, "Set-Cookie"), HasSubstr("; Path=/login; HttpOnly; SameSite=Lax"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  EXPECT_EQ(get(login_target(), {{"Cookie", std::string("wsdeep-csrf=") + kCsrf}}).headers.size(),
            page.headers.size() - 1)
      << "a browser keeps its cookie, so that two open pages both work";
}

TEST_F(CognitoHostedUi, EscapesWhatItShows) {
  const net::HttpResponse page = post_login(password_fields("<b>\"x'</b>"));
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("value=\"&lt;b&gt;&quot;x&#39;&lt;/b&gt;\""));
  EXPECT_THAT(page.body, Not(HasSubstr("<b>")));
  const net::HttpResponse hinted =
      get("/login?" + net::encode_form(with(request_fields(), "login_hint", "\"><script>alert(1)</script>")));
  EXPECT_THAT(hinted.body, Not(HasSubstr("<script")));
}

TEST_F(CognitoHostedUi, SaysThatAPasswordIsWrongAndKeepsTheName) {
  create_confirmed("ann");
  for (const char* name : {"ann", "nobody"}) {
    const net::HttpResponse page = post_login(password_fields(name, "Wrong-Horse-7"));
    EXPECT_EQ(page.status, 400);
    EXPECT_THAT(page.body, HasSubstr("role=\"alert\">Incorrect username or password."));
    EXPECT_THAT(page.body, HasSubstr(std::string("value=\"") + name + "\""));
  }
  admin("AdminDisableUser", {{"Username", "ann"}});
  EXPECT_THAT(post_login(password_fields("ann")).body, HasSubstr("User is disabled."));
}

TEST_F(CognitoHostedUi, TakesNoFormThatAnotherSiteMayHavePosted) {
  create_confirmed("ann");
  net::FormFields fields = password_fields("ann");
  fields.emplace_back("csrf", kCsrf);
  const std::string cookie = std::string("wsdeep-csrf=") + kCsrf;
  EXPECT_EQ(post(login_target(), fields).status, 403);
  EXPECT_EQ(post(login_target(), fields, {{"Cookie", "wsdeep-csrf=AAEC"}}).status, 403);
  EXPECT_EQ(post(login_target(), fields, {{"Cookie", cookie}, {"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(post(login_target(), with(fields, "csrf", "other"), {{"Cookie", cookie}}).status, 403);
  EXPECT_EQ(post(login_target(), with(fields, "csrf", ""), {{"Cookie", cookie}}).status, 403);
  EXPECT_EQ(post(login_target(), fields, {{"Cookie", cookie}}).status, 303);
}

TEST_F(CognitoHostedUi, NeverRedirectsForAnUnknownClientOrAddress) {
  const auto status = [&](const std::string& name, const std::string& value) {
    const net::HttpResponse response =
        get("/oauth2/authorize?" + net::encode_form(with(request_fields(), name, value)));
    EXPECT_EQ(header_of(response, "Location") == "", response.status != 302) << name << value;
    return response.status;
  };
  EXPECT_EQ(status("client_id", "other"), 400);
  EXPECT_EQ(status("client_id", ""), 400);
  for (const char* bad :
       {"", "https://evil.example.com/", "https://app.example.com/signed-in/", "https://127.0.0.1/back",
        "http://127.0.0.1.evil.example.com/", "http://localhost@evil.example.com/", "http://127.0.0.1:99999/",
        "http://127.0.0.1:80@evil.example.com", "http://127.0.0.1/#fragment", "http://127.0.0.1/\r\nX: 1",
        "javascript:alert(1)", "http://0.0.0.0/", "http://127.0.0.1\\@evil.example.com/", "//localhost/"})
    EXPECT_EQ(status("redirect_uri", bad), 400) << bad;
  for (const char* good : {"http://127.0.0.1/", "http://[::1]:5/x?y=1", "http://localhost:3000",
                           "http://localhost/callback", "https://app.example.com/signed-in"})
    EXPECT_EQ(status("redirect_uri", good), 302) << good;
  EXPECT_EQ(get("/oauth2/authorize?" + net::encode_form(request_fields()) + "&state=again").status, 400);
}

struct BadRequest {
  const char* name;
  const char* value;
  const char* error;
};
class CognitoHostedUiErrors : public CognitoHostedUi, public ::testing::WithParamInterface<BadRequest> {};

TEST_P(CognitoHostedUiErrors, AreToldToTheApp) {
  for (const char* path : {"/oauth2/authorize?", "/login?"}) {
    const net::HttpResponse response =
        get(path + net::encode_form(with(request_fields(), GetParam().name, GetParam().value)));
    EXPECT_EQ(response.status, 302);
    EXPECT_THAT(header_of(response, "Location"), StartsWith(std::string(kBack) + "?error="));
    EXPECT_EQ(in_location(response, "error"), GetParam().error);
    EXPECT_EQ(in_location(response, "state"), "st&te");
  }
}

INSTANTIATE_TEST_SUITE_P(All, CognitoHostedUiErrors,
                         ::testing::Values(BadRequest{"response_type", "token", "unsupported_response_type"},
                                           BadRequest{"response_type", "", "unsupported_response_type"},
                                           BadRequest{"scope", "openid wsdeep/admin", "invalid_scope"},
                                           BadRequest{"scope", "email", "invalid_scope"},
                                           BadRequest{"code_challenge", "", "invalid_request"},
                                           BadRequest{"code_challenge", "abc", "invalid_request"},
                                           BadRequest{"code_challenge_method", "plain", "invalid_request"},
                                           BadRequest{"code_challenge_method", "", "invalid_request"},
                                           BadRequest{"identity_provider", "Google", "invalid_request"},
                                           BadRequest{"idp_identifier", "example.com", "invalid_request"},
                                           BadRequest{"prompt", "none", "login_required"}));

TEST_F(CognitoHostedUi, AsksForANewPasswordAndForACodeOnPages) {
  admin("SetUserPoolMfaConfig", {{"MfaConfiguration", "ON"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}});
  create("ann");
  const net::HttpResponse change = post_login(password_fields("ann", "Temporary-1"));
  EXPECT_THAT(change.body, HasSubstr("Choose a new password"));
  EXPECT_THAT(answer(change, {{"new_password", kPassword}, {"repeated", "other"}}).body,
              HasSubstr("The two passwords are not the same."));
  EXPECT_THAT(answer(change, {{"new_password", "weak"}, {"repeated", "weak"}}).body,
              HasSubstr("Password not long enough"));
  const net::HttpResponse setup = answer(change, {{"new_password", kPassword}, {"repeated", kPassword}});
  EXPECT_THAT(setup.body, HasSubstr("Set up an authenticator app"));
  std::smatch shown;
  ASSERT_TRUE(std::regex_search(setup.body, shown, std::regex("<code>([A-Z2-7 ]+)</code>")));
  std::string secret = shown[1];
  std::erase(secret, ' ');
  const net::HttpResponse wrong = answer(setup, {{"code", "000000"}});
  EXPECT_THAT(wrong.body, HasSubstr("Code mismatch"));
  EXPECT_THAT(wrong.body, HasSubstr(shown[1].str())) << "the same secret, as the app has it now";
  EXPECT_EQ(answer(wrong, {{"code", code_now(secret)}}).status, 303);

  const net::HttpResponse asked = post_login(password_fields("ann"));
  EXPECT_THAT(asked.body, HasSubstr("from your authenticator app"));
  EXPECT_THAT(answer(asked, {{"code", code_now(secret)}}).body, HasSubstr("already been used once"));
  const net::HttpResponse done = answer(asked, {{"code", code_now(secret, 1)}});
  EXPECT_EQ(done.status, 303);
  EXPECT_TRUE(tokens(exchange_fields(in_location(done, "code"))).contains("id_token"));
  const net::HttpResponse over = answer(asked, {{"code", code_now(secret, 1)}});
  EXPECT_THAT(over.body, HasSubstr("Sign in again."));
  EXPECT_THAT(over.body, HasSubstr("<label for=\"password\">"));
}

TEST_F(CognitoHostedUi, AsksWhichFactorOnAPage) {
  admin("SetUserPoolMfaConfig", {{"MfaConfiguration", "OPTIONAL"},
                                 {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}},
                                 {"SmsMfaConfiguration", json::object()}});
  create_confirmed("ann", json::array({attribute("phone_number", "+15550001234")}));
  const std::string token = sign_in("ann")["AccessToken"];
  const std::string secret = call("AssociateSoftwareToken", {{"AccessToken", token}})["SecretCode"];
  call("VerifySoftwareToken", {{"AccessToken", token}, {"UserCode", code_now(secret)}});
  call("SetUserMFAPreference", {{"AccessToken", token},
                                {"SMSMfaSettings", {{"Enabled", true}}},
                                {"SoftwareTokenMfaSettings", {{"Enabled", true}}}});
  const net::HttpResponse choice = post_login(password_fields("ann"));
  EXPECT_THAT(choice.body, HasSubstr("name=\"answer\" value=\"SMS_MFA\""));
  const net::HttpResponse asked = answer(choice, {{"answer", "SMS_MFA"}});
  EXPECT_THAT(asked.body, HasSubstr("was sent to +*******1234"));
  ASSERT_EQ(messages_.size(), 1u);
  const std::string text = messages_[0]["message"];
  std::smatch code;
  ASSERT_TRUE(std::regex_search(text, code, std::regex("[0-9]{6}")));
  EXPECT_EQ(answer(asked, {{"code", code[0].str()}}).status, 303);
}

/// Where a sign-in is open already, its session and its user go with each form of it; a form takes each field once.
TEST_F(CognitoHostedUi, AsksForTheNameOnceWhateverIsOpen) {
  call("SignUp", {{"ClientId", service_->client_id()},
                  {"Username", "eve"},
                  {"Password", kPassword},
                  {"UserAttributes", json::array({attribute("email", "eve@example.com")})}});
  const auto names = [](const net::HttpResponse& page) {
    const std::string form = page.body.substr(0, page.body.find("</form>"));
    const std::regex name("name=\"username\"");
    return std::distance(std::sregex_iterator(form.begin(), form.end(), name), std::sregex_iterator());
  };
  net::FormFields fields = password_fields("eve");
  fields.emplace_back("session", "open");
  const net::HttpResponse asked = post_login(fields);
  EXPECT_THAT(asked.body, HasSubstr("User is not confirmed."));
  EXPECT_EQ(names(asked), 1);
  for (const char* step : {"register", "sign_up", "resend", "confirm"}) {
    const std::string text = messages_.back()["message"];
    const std::string code = std::regex_replace(text, std::regex("[^0-9]"), "");
    const net::HttpResponse page =
        post_login({{"step", step}, {"username", "eve"}, {"session", "open"}, {"code", code}});
    EXPECT_EQ(names(page), 1) << step << page.body;
  }
}

TEST_F(CognitoHostedUi, LeadsBackAfterSigningOut) {
  const std::string client = "/logout?client_id=" + service_->client_id();
  const net::HttpResponse back = get(client + "&logout_uri=http%3A%2F%2Flocalhost%3A3000%2Fbye");
  EXPECT_EQ(back.status, 302);
  EXPECT_EQ(header_of(back, "Location"), "http://localhost:3000/bye");
  EXPECT_EQ(get(client).status, 200);
  EXPECT_EQ(get(client + "&logout_uri=https%3A%2F%2Fevil.example.com%2F").status, 400);
  EXPECT_EQ(get("/logout?logout_uri=http%3A%2F%2Flocalhost%2F").status, 400);
}

}  // namespace
}  // namespace wsdeep::local
