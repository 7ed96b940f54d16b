#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "base/encoding.h"
#include "base/hash.h"
#include "local/cognito/service.h"
#include "net/form.h"
#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using wsdeep::testing::attribute;
using wsdeep::testing::CognitoFixture;
using wsdeep::testing::kPassword;

constexpr const char* kBack = "http://127.0.0.1:8123/back";
constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636, appendix B
constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* kCsrf = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

std::string header_of(const net::HttpResponse& response, const char* name) {
  return net::header(response.headers, name).value_or("");
}

/// What a query parameter of the response's Location says.
std::string in_location(const net::HttpResponse& response, std::string_view name) {
  const std::string url = header_of(response, "Location");
  const auto fields = net::decode_form(url.substr(std::min(url.find('?'), url.size() - 1) + 1));
  return std::string(net::field_of(*fields, name));
}

std::string hidden_field(const std::string& html, const std::string& name) {
  std::smatch match;
  return std::regex_search(html, match, std::regex("name=\"" + name + "\" value=\"([^\"]*)\"")) ? match[1].str() : "";
}

class CognitoWeb : public CognitoFixture {
 protected:
  net::FormFields request_fields() {
    return {{"response_type", "code"},
            {"client_id", service_->client_id()},
            {"redirect_uri", kBack},
            {"scope", "openid email"},
            {"state", "st&te"},
            {"nonce", "n-1"},
            {"code_challenge", kChallenge},
            {"code_challenge_method", "S256"}};
  }
  static net::FormFields with(net::FormFields fields, const std::string& name, const std::string& value) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
    return fields;
  }

  net::HttpResponse get(const std::string& target, const net::Headers& headers = {}) {
    net::HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.headers = headers;
    return send(request);
  }
  net::HttpResponse post(const std::string& target, const net::FormFields& fields, net::Headers headers = {}) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.headers = std::move(headers);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = net::encode_form(fields);
    return send(request);
  }

  std::string login_target() { return "/login?" + net::encode_form(request_fields()); }
  /// A post of the browser that has the cookie.
  net::HttpResponse post_login(net::FormFields fields, const std::string& target = {}) {
    fields.emplace_back("csrf", kCsrf);
    return post(target.empty() ? login_target() : target, fields,
                {{"Cookie", std::string("wsdeep-csrf=") + kCsrf}, {"Sec-Fetch-Site", "same-origin"}});
  }
  net::FormFields password_fields(const std::string& name, const std::string& password = kPassword) {
    return {{"step", "password"}, {"username", name}, {"password", password}};
  }
  /// The next answer in the sign-in whose page is `page`.
  net::HttpResponse answer(const net::HttpResponse& page, net::FormFields fields) {
    for (const char* name : {"step", "session", "username"}) fields.emplace_back(name, hidden_field(page.body, name));
    return post_login(std::move(fields));
  }

  std::string code_for(const std::string& name, const net::FormFields& request) {
    const net::HttpResponse done = post_login(password_fields(name), "/login?" + net::encode_form(request));
    EXPECT_EQ(done.status, 303) << done.body;
    return in_location(done, "code");
  }
  std::string code_for(const std::string& name) { return code_for(name, request_fields()); }

  net::FormFields exchange_fields(const std::string& code) {
    return {{"grant_type", "authorization_code"},
            {"client_id", service_->client_id()},
            {"redirect_uri", kBack},
            {"code", code},
            {"code_verifier", kVerifier}};
  }
  net::HttpResponse token(const net::FormFields& fields, const net::Headers& headers = {}) {
    return post("/oauth2/token", fields, headers);
  }
  json tokens(const net::FormFields& fields, const net::Headers& headers = {}) {
    const net::HttpResponse response = token(fields, headers);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  std::string error_of(const net::HttpResponse& response) {
    return std::to_string(response.status) + " " + json::parse(response.body)["error"].get<std::string>();
  }
  net::Headers basic(const std::string& secret) {
    return {{"Authorization", "Basic " + base64(service_->service_client_id() + ":" + secret)}};
  }
  json claims_of(const json& jwt) { return json::parse(auth::read_token(jwt.get<std::string>())->claims.json); }
};

TEST_F(CognitoWeb, SignsInAndGivesTokensForTheCode) {
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

TEST_F(CognitoWeb, ShowsAPageThatKeepsToItself) {
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

TEST_F(CognitoWeb, EscapesWhatItShows) {
  const net::HttpResponse page = post_login(password_fields("<b>\"x'</b>"));
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("value=\"&lt;b&gt;&quot;x&#39;&lt;/b&gt;\""));
  EXPECT_THAT(page.body, Not(HasSubstr("<b>")));
  const net::HttpResponse hinted =
      get("/login?" + net::encode_form(with(request_fields(), "login_hint", "\"><script>alert(1)</script>")));
  EXPECT_THAT(hinted.body, Not(HasSubstr("<script")));
}

TEST_F(CognitoWeb, SaysThatAPasswordIsWrongAndKeepsTheName) {
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

TEST_F(CognitoWeb, TakesNoFormThatAnotherSiteMayHavePosted) {
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

TEST_F(CognitoWeb, NeverRedirectsForAnUnknownClientOrAddress) {
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
class CognitoWebErrors : public CognitoWeb, public ::testing::WithParamInterface<BadRequest> {};

TEST_P(CognitoWebErrors, AreToldToTheApp) {
  for (const char* path : {"/oauth2/authorize?", "/login?"}) {
    const net::HttpResponse response =
        get(path + net::encode_form(with(request_fields(), GetParam().name, GetParam().value)));
    EXPECT_EQ(response.status, 302);
    EXPECT_THAT(header_of(response, "Location"), StartsWith(std::string(kBack) + "?error="));
    EXPECT_EQ(in_location(response, "error"), GetParam().error);
    EXPECT_EQ(in_location(response, "state"), "st&te");
  }
}

INSTANTIATE_TEST_SUITE_P(All, CognitoWebErrors,
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

TEST_F(CognitoWeb, OpensWhatAppsCallToThePagesOfEveryOrigin) {
  const auto preflight = [&](const std::string& path) {
    net::HttpRequest request;
    request.method = "OPTIONS";
    request.target = path;
    request.headers = {{"Origin", "http://localhost:3000"}, {"Access-Control-Request-Method", "POST"}};
    return send(request);
  };
  for (const char* path : {"/", "/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"}) {
    const net::HttpResponse allowed = preflight(path);
    EXPECT_EQ(allowed.status, 200) << path;
    EXPECT_EQ(header_of(allowed, "Access-Control-Allow-Origin"), "*") << path;
    EXPECT_THAT(header_of(allowed, "Access-Control-Allow-Methods"), HasSubstr("POST")) << path;
    EXPECT_THAT(header_of(allowed, "Access-Control-Allow-Headers"), HasSubstr("X-Amz-Target")) << path;
  }
  const net::Headers origin = {{"Origin", "http://localhost:3000"}};
  const net::HttpResponse refused = token({{"grant_type", "refresh_token"}, {"client_id", "x"}}, origin);
  EXPECT_EQ(error_of(refused), "400 invalid_client");
  EXPECT_EQ(header_of(refused, "Access-Control-Allow-Origin"), "*") << "a page may read why";
  EXPECT_EQ(header_of(get("/oauth2/userInfo", origin), "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header_of(get("/oauth2/userInfo"), "Access-Control-Allow-Origin"), "") << "nobody asked";
  create_confirmed("ann");
  net::HttpRequest api;
  api.method = "POST";
  api.target = "/";
  api.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth"}, origin[0]};
  api.body = sign_in_request("ann").dump();
  const net::HttpResponse signed_in = send(api);
  EXPECT_EQ(signed_in.status, 200);
  EXPECT_EQ(header_of(signed_in, "Access-Control-Allow-Origin"), "*");
}

TEST_F(CognitoWeb, KeepsThePagesOfTheSignInFromOtherPages) {
  for (const char* path : {"/login", "/logout", "/oauth2/authorize"}) {
    net::HttpRequest request;
    request.method = "OPTIONS";
    request.target = path;
    request.headers = {{"Origin", "http://localhost:3000"}, {"Access-Control-Request-Method", "GET"}};
    EXPECT_EQ(send(request).status, 405) << path;
    EXPECT_EQ(header_of(get(path, request.headers), "Access-Control-Allow-Origin"), "") << path;
  }
}

TEST_F(CognitoWeb, GivesTheServiceClientNoCode) {
  const net::HttpResponse response =
      get("/oauth2/authorize?" + net::encode_form(with(request_fields(), "client_id", service_->service_client_id())));
  EXPECT_EQ(in_location(response, "error"), "unauthorized_client");
}

TEST_F(CognitoWeb, TakesACodeOnceAndTakesBackWhatItGaveWhenItComesAgain) {
  create_confirmed("ann");
  const std::string code = code_for("ann");
  const json given = tokens(exchange_fields(code));
  EXPECT_EQ(error_of(token(exchange_fields(code))), "400 invalid_grant");
  EXPECT_EQ(error_of(token({{"grant_type", "refresh_token"},
                            {"client_id", service_->client_id()},
                            {"refresh_token", given["refresh_token"]}})),
            "400 invalid_grant");
  EXPECT_EQ(
      error_of(get("/oauth2/userInfo", {{"Authorization", "Bearer " + given["access_token"].get<std::string>()}})),
      "401 invalid_token");
}

TEST_F(CognitoWeb, GivesNothingForACodeThatComesTwiceAtOnce) {
  create_confirmed("ann");
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/oauth2/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = net::encode_form(exchange_fields(code_for("ann")));
  std::vector<net::HttpResponse> answers;
  for (int i = 0; i < 2; ++i)
    service_->answer(request, [&](net::HttpResponse response) {
      answers.push_back(std::move(response));
      if (answers.size() == 2) loop_.stop();
    });
  loop_.run();
  for (const net::HttpResponse& response : answers) EXPECT_EQ(error_of(response), "400 invalid_grant");
}

TEST_F(CognitoWeb, BindsACodeToWhoAskedForIt) {
  create_confirmed("ann");
  const auto refused = [&](const std::string& name, const std::string& value) {
    return error_of(token(with(exchange_fields(code_for("ann")), name, value)));
  };
  EXPECT_EQ(refused("redirect_uri", "http://127.0.0.1:8124/back"), "400 invalid_grant");
  EXPECT_EQ(refused("code_verifier", std::string(43, 'x')), "400 invalid_grant");
  EXPECT_EQ(refused("code_verifier", ""), "400 invalid_request");
  EXPECT_EQ(refused("code_verifier", "short"), "400 invalid_request");
  EXPECT_EQ(refused("code", "other"), "400 invalid_grant");
  EXPECT_EQ(refused("code", ""), "400 invalid_request");
  EXPECT_EQ(refused("client_id", "other"), "400 invalid_client");
  EXPECT_EQ(refused("client_id", service_->service_client_id()), "400 invalid_client");
  EXPECT_EQ(refused("grant_type", "password"), "400 unsupported_grant_type");
  net::FormFields service = with(exchange_fields(code_for("ann")), "client_id", "");
  EXPECT_EQ(error_of(token(service, basic(service_->service_client_secret()))), "400 invalid_grant");

  const std::string late = code_for("ann");
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(error_of(token(exchange_fields(late))), "400 invalid_grant");
  const std::string gone = code_for("ann");
  admin("AdminDisableUser", {{"Username", "ann"}});
  EXPECT_EQ(error_of(token(exchange_fields(gone))), "400 invalid_grant");
}

TEST_F(CognitoWeb, GivesNoIdTokenWithoutOpenid) {
  create_confirmed("ann");
  const json given =
      tokens(exchange_fields(code_for("ann", with(request_fields(), "scope", "aws.cognito.signin.user.admin"))));
  EXPECT_FALSE(given.contains("id_token"));
  EXPECT_EQ(call("GetUser", {{"AccessToken", given["access_token"]}})["Username"], "ann");
  EXPECT_EQ(
      error_of(get("/oauth2/userInfo", {{"Authorization", "Bearer " + given["access_token"].get<std::string>()}})),
      "401 invalid_token");
}

TEST_F(CognitoWeb, GivesAProgramATokenOfItsOwn) {
  const net::FormFields fields = {{"grant_type", "client_credentials"}, {"scope", "wsdeep/admin"}};
  const json given = tokens(fields, basic(service_->service_client_secret()));
  EXPECT_EQ(given.size(), 3u);
  const json claims = claims_of(given["access_token"]);
  EXPECT_EQ(claims["scope"], "wsdeep/admin");
  EXPECT_EQ(claims["sub"], service_->service_client_id());
  EXPECT_EQ(claims["client_id"], service_->service_client_id());
  EXPECT_EQ(claims["token_use"], "access");
  EXPECT_FALSE(claims.contains("username"));
  EXPECT_EQ(verify(given["access_token"]).fault, auth::TokenFault::kAudience) << "it is no user of the app";
  EXPECT_EQ(fault("GetUser", {{"AccessToken", given["access_token"]}}), "NotAuthorizedException: Invalid Access Token");

  net::FormFields in_body = {{"grant_type", "client_credentials"},
                             {"client_id", service_->service_client_id()},
                             {"client_secret", service_->service_client_secret()}};
  EXPECT_EQ(claims_of(tokens(in_body)["access_token"])["scope"], "wsdeep/admin wsdeep/read");
  EXPECT_EQ(error_of(token(with(in_body, "client_secret", "wrong"))), "400 invalid_client");
  EXPECT_EQ(error_of(token(with(in_body, "client_secret", ""))), "400 invalid_client");
  EXPECT_EQ(error_of(token(in_body, basic(service_->service_client_secret()))), "400 invalid_request");
  EXPECT_EQ(error_of(token(fields, basic("wrong"))), "401 invalid_client");
  EXPECT_EQ(error_of(token(fields, {{"Authorization", "Basic !"}})), "401 invalid_client");
  EXPECT_EQ(error_of(token(with(fields, "scope", "openid"), basic(service_->service_client_secret()))),
            "400 invalid_scope");
  EXPECT_EQ(error_of(token({{"grant_type", "client_credentials"}, {"client_id", service_->client_id()}})),
            "400 unauthorized_client");
}

TEST_F(CognitoWeb, TakesOnlyFormsOfBoundedSize) {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/oauth2/token";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{}";
  EXPECT_EQ(error_of(send(request)), "400 invalid_request");
  EXPECT_EQ(error_of(token({{"grant_type", std::string(20'000, 'x')}})), "400 invalid_request");
  EXPECT_EQ(get("/oauth2/token").status, 405);
  EXPECT_EQ(error_of(get("/oauth2/userInfo")), "401 invalid_request");
}

TEST_F(CognitoWeb, RevokesOnlyTheClientsOwnTokens) {
  create_confirmed("ann");
  const json given = tokens(exchange_fields(code_for("ann")));
  const auto revoke = [&](const std::string& text, const net::Headers& headers = {}) {
    net::FormFields fields = {{"token", text}};
    if (headers.empty()) fields.emplace_back("client_id", service_->client_id());
    return post("/oauth2/revoke", fields, headers);
  };
  EXPECT_EQ(error_of(revoke(given["access_token"])), "400 unsupported_token_type");
  EXPECT_EQ(error_of(revoke(given["refresh_token"], basic(service_->service_client_secret()))), "400 invalid_request");
  EXPECT_EQ(revoke("unknown").status, 200);
  EXPECT_EQ(error_of(revoke("")), "400 invalid_request");
}

TEST_F(CognitoWeb, AsksForANewPasswordAndForACodeOnPages) {
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

TEST_F(CognitoWeb, AsksWhichFactorOnAPage) {
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

TEST_F(CognitoWeb, LeadsBackAfterSigningOut) {
  const std::string client = "/logout?client_id=" + service_->client_id();
  const net::HttpResponse back = get(client + "&logout_uri=http%3A%2F%2Flocalhost%3A3000%2Fbye");
  EXPECT_EQ(back.status, 302);
  EXPECT_EQ(header_of(back, "Location"), "http://localhost:3000/bye");
  EXPECT_EQ(get(client).status, 200);
  EXPECT_EQ(get(client + "&logout_uri=https%3A%2F%2Fevil.example.com%2F").status, 400);
  EXPECT_EQ(get("/logout?logout_uri=http%3A%2F%2Flocalhost%2F").status, 400);
}

TEST_F(CognitoWeb, WantsTheSecretHashOfAClientWithASecret) {
  create_confirmed("ann");
  json request = sign_in_request("ann");
  const std::string client = service_->service_client_id();
  request["ClientId"] = client;
  EXPECT_EQ(fault("InitiateAuth", request),
            "NotAuthorizedException: Client " + client + " is configured with secret but SECRET_HASH was not received");
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("bob");
  EXPECT_EQ(fault("InitiateAuth", request),
            "NotAuthorizedException: Unable to verify secret hash for client " + client);
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("ann");
  const json given = call("InitiateAuth", request)["AuthenticationResult"];
  EXPECT_EQ(claims_of(given["IdToken"])["aud"], client);
  EXPECT_EQ(call("GetUser", {{"AccessToken", given["AccessToken"]}})["Username"], "ann");

  json refresh = refresh_request(given["RefreshToken"]);
  EXPECT_EQ(fault("InitiateAuth", refresh), "NotAuthorizedException: Invalid Refresh Token") << "another client's";
  refresh["ClientId"] = client;
  EXPECT_THAT(fault("InitiateAuth", refresh), HasSubstr("SECRET_HASH was not received"));
  refresh["AuthParameters"]["SECRET_HASH"] = secret_hash("ann");
  EXPECT_TRUE(call("InitiateAuth", refresh).contains("AuthenticationResult"));
  EXPECT_EQ(error_of(token(
                {{"grant_type", "refresh_token"}, {"client_id", client}, {"refresh_token", given["RefreshToken"]}})),
            "400 invalid_client");

  json revoke = {{"Token", given["RefreshToken"]}, {"ClientId", client}};
  EXPECT_THAT(fault("RevokeToken", revoke), HasSubstr("NotAuthorizedException"));
  revoke["ClientSecret"] = service_->service_client_secret();
  call("RevokeToken", revoke);
  EXPECT_EQ(fault("InitiateAuth", refresh), "NotAuthorizedException: Refresh Token has been revoked");

  create("eve");
  request = sign_in_request("eve", "Temporary-1");
  request["ClientId"] = client;
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("eve");
  const json asked = call("InitiateAuth", request);
  json answer = {{"ClientId", client},
                 {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                 {"Session", asked["Session"]},
                 {"ChallengeResponses", {{"USERNAME", "eve"}, {"NEW_PASSWORD", kPassword}}}};
  EXPECT_THAT(fault("RespondToAuthChallenge", answer), HasSubstr("SECRET_HASH was not received"));
  answer["ClientId"] = service_->client_id();
  EXPECT_EQ(fault("RespondToAuthChallenge", answer), "NotAuthorizedException: Invalid session for the user.");
  answer["ClientId"] = client;
  answer["ChallengeResponses"]["SECRET_HASH"] = secret_hash("eve");
  EXPECT_TRUE(call("RespondToAuthChallenge", answer).contains("AuthenticationResult"));
}

}  // namespace
}  // namespace wsdeep::local
