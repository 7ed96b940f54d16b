#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

/// The pages of the hosted UI: plain HTML, no scripts, nothing from elsewhere. Every text is escaped here.
namespace wsdeep::local {

/// What all forms of one sign-in have in common.
struct LoginForm {
  std::string query;     ///< of the authorization request, which every form carries on
  std::string csrf;      ///< token against forged posts
  std::string error;     ///< what was wrong with the last answer; empty: nothing
  std::string username;  ///< as it was typed
  std::string session;   ///< of the open challenge; none at the first page
  std::string notice{};  ///< what was done; empty: nothing
};

std::string password_page(const LoginForm& form);
/// For who has no account yet; `email` as it was typed.
std::string sign_up_page(const LoginForm& form, const std::string& email);
/// For the code that proves the new user's address.
std::string confirm_page(const LoginForm& form);
std::string new_password_page(const LoginForm& form);
/// `challenge` is SOFTWARE_TOKEN_MFA or SMS_MFA; `destination` where a message went, if that is known.
std::string code_page(const LoginForm& form, const std::string& challenge, const std::string& destination);
std::string choice_page(const LoginForm& form, const std::vector<std::string>& choices);
/// Shows `secret` (base32) for an authenticator app.
std::string setup_page(const LoginForm& form, const std::string& secret);
std::string error_page(std::string_view text);
std::string signed_out_page();

/// The page with the headers that keep it to itself. `form_target` is an origin that a posted form may lead on to.
net::HttpResponse page_response(int status, std::string html, const std::string& form_target = {});

}  // namespace wsdeep::local
