#pragma once

#include <algorithm>
#include <regex>
#include <string>

#include "base/encoding.h"
#include "net/form.h"
#include "support/cognito_fixture.h"

namespace wsdeep::testing {

inline constexpr const char* kBack = "http://127.0.0.1:8123/back";
inline constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636, appendix B
inline constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
inline constexpr const char* kCsrf = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

inline std::string header_of(const net::HttpResponse& response, const char* name) {
  return net::header(response.headers, name).value_or("");
}

/// What a query parameter of the response's Location says.
inline std::string in_location(const net::HttpResponse& response, std::string_view name) {
  const std::string url = header_of(response, "Location");
  const auto fields = net::decode_form(url.substr(std::min(url.find('?'), url.size() - 1) + 1));
  return std::string(net::field_of(*fields, name));
}

inline std::string hidden_field(const std::string& html, const std::string& name) {
  std::smatch match;
  return std::regex_search(html, match, std::regex("name=\"" + name + "\" value=\"([^\"]*)\"")) ? match[1].str() : "";
}

/// A user pool as browsers and apps meet it over HTTP.
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

}  // namespace wsdeep::testing
