#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/jwt.h"
#include "auth/sign_in_flow.h"
#include "local/cognito/service.h"
#include "local/cognito/totp.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace wsdeep::testing {

using nlohmann::json;

inline constexpr const char* kPassword = "Correct-Horse-7";

/// A user pool over a database of its own, and how to call it.
class CognitoFixture : public ::testing::Test {
 protected:
  CognitoFixture() {
    std::filesystem::copy_file(fresh_pool(), folder_.path() / "users.db");
    reopen();
  }

  /// A database with a new pool and nothing else: making its RSA keys takes longer than most tests.
  static std::filesystem::path fresh_pool() {
    static const TemporaryFolder folder;
    static const std::filesystem::path path = [] {
      const std::filesystem::path file = folder.path() / "users.db";
      net::EventLoop loop;
      local::Database database(file);
      local::CognitoService(loop, database, ManualClock(), options());
      return file;
    }();
    return path;
  }
  static local::CognitoOptions options() {
    local::CognitoOptions setup;
    setup.region = "eu-west-1";
    setup.issuer_base = "http://127.0.0.1:4566";
    return setup;
  }

  void reopen() {
    service_.reset();
    database_.reset();
    database_.emplace(folder_.path() / "users.db");
    local::CognitoOptions setup = options();
    setup.callback_urls = {"https://app.example.com/signed-in"};
    setup.send_message = [this](std::string_view line) { messages_.push_back(json::parse(line)); };
    setup.requests_per_second = requests_per_second_;
    setup.rotation_grace = rotation_grace_;
    service_.emplace(loop_, *database_, clock_, std::move(setup));
  }

  net::HttpResponse send(const std::string& operation, const std::string& body) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService." + operation}};
    request.body = body;
    return send(request);
  }
  net::HttpResponse send(const net::HttpRequest& request) {
    std::optional<net::HttpResponse> got;
    bool running = false;
    service_->answer(request, [&](net::HttpResponse response) {
      got = std::move(response);
      if (running) loop_.stop();
    });
    running = true;
    if (!got) loop_.run();
    return *got;
  }

  json call(const std::string& operation, json body) {
    const net::HttpResponse response = send(operation, body.dump());
    EXPECT_EQ(response.status, 200) << operation << " " << response.body;
    return json::parse(response.body);
  }
  json admin(const std::string& operation, json body) {
    body["UserPoolId"] = service_->user_pool_id();
    return call(operation, std::move(body));
  }
  std::string fault(const std::string& operation, const json& body) {
    const net::HttpResponse response = send(operation, body.dump());
    EXPECT_EQ(response.status, 400) << operation << " " << response.body;
    const json error = json::parse(response.body);
    return error["__type"].get<std::string>() + ": " + error["message"].get<std::string>();
  }
  std::string admin_fault(const std::string& operation, json body) {
    body["UserPoolId"] = service_->user_pool_id();
    return fault(operation, body);
  }

  void create(const std::string& name, const json& attributes = json::array()) {
    admin("AdminCreateUser",
          {{"Username", name}, {"UserAttributes", attributes}, {"TemporaryPassword", "Temporary-1"}});
  }
  void create_confirmed(const std::string& name, const json& attributes = json::array()) {
    create(name, attributes);
    admin("AdminSetUserPassword", {{"Username", name}, {"Password", kPassword}, {"Permanent", true}});
  }
  json sign_in_request(const std::string& name, const std::string& password = kPassword) {
    return {{"AuthFlow", "USER_PASSWORD_AUTH"},
            {"ClientId", service_->client_id()},
            {"AuthParameters", {{"USERNAME", name}, {"PASSWORD", password}}}};
  }
  json sign_in(const std::string& name, const std::string& password = kPassword) {
    return call("InitiateAuth", sign_in_request(name, password))["AuthenticationResult"];
  }
  json refresh_request(const std::string& token) {
    return {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
            {"ClientId", service_->client_id()},
            {"AuthParameters", {{"REFRESH_TOKEN", token}}}};
  }
  auth::TokenVerdict verify(const std::string& token) {
    const auth::TokenRules rules{
        service_->issuer(), {service_->client_id()}, {"id", "access"}, std::chrono::seconds(0)};
    return auth::verify_token(token, auth::KeySet::parse(service_->jwks()), rules, clock_.now());
  }

  /// Of the client with a secret.
  std::string secret_hash(const std::string& username) {
    return auth::secret_hash({"", service_->service_client_id(), service_->service_client_secret()}, username);
  }
  /// Whether it worked; the new kids.
  json rotate_keys() {
    std::optional<json> got;
    service_->rotate_keys([&](const std::string& text, const std::exception_ptr& fault) {
      got = fault ? json() : json::parse(text);
      loop_.stop();
    });
    loop_.run();
    return *got;
  }
  std::string code_now(const std::string& secret, int later_steps = 0) {
    return local::totp_code(*local::from_base32(secret), epoch_seconds(clock_.now()) / 30 + later_steps);
  }

  ManualClock clock_;
  std::vector<json> messages_;  ///< to phones
  int requests_per_second_ = 0;
  std::optional<std::chrono::seconds> rotation_grace_;
  TemporaryFolder folder_;
  net::EventLoop loop_;
  std::optional<local::Database> database_;
  std::optional<local::CognitoService> service_;
};

inline json attribute(const char* name, const char* value) {
  return {{"Name", name}, {"Value", value}};
}

inline std::string value_of(const json& attributes, const std::string& name) {
  for (const json& entry : attributes)
    if (entry["Name"] == name) return entry["Value"];
  return "";
}

}  // namespace wsdeep::testing
