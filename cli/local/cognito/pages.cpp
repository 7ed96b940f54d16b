#include "local/cognito/pages.h"

#include <fmt/format.h>

#include "auth/plain_page.h"
#include "base/encoding.h"

namespace wsdeep::local {
namespace {

std::string page(std::string_view title, std::string_view body) {
  return auth::plain_page(title, body, "Local user pool of wsdeep");
}

std::string hidden(std::string_view name, std::string_view value) {
  return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", name, html_escape(value));
}

std::string field(std::string_view name, std::string_view label, std::string_view more) {
  return fmt::format("<label for=\"{0}\">{1}</label>\n<input id=\"{0}\" name=\"{0}\" required {2}>\n", name, label,
                     more);
}

std::string button(std::string_view text, std::string_view more = {}) {
  return fmt::format("<button type=\"submit\"{}>{}</button>\n", more, text);
}

/// A form for `step`: `fields` are HTML, the rest is carried on.
std::string form_html(const LoginForm& form, std::string_view step, std::string_view fields) {
  std::string html;
  if (!form.error.empty()) html += fmt::format("<div role=\"alert\">{}</div>\n", html_escape(form.error));
  if (!form.notice.empty()) html += fmt::format("<p role=\"status\">{}</p>\n", html_escape(form.notice));
  html += fmt::format("<form method=\"post\" action=\"/login?{}\">\n", html_escape(form.query));
  html += hidden("csrf", form.csrf) + hidden("step", step);
  if (!form.session.empty()) html += hidden("session", form.session) + hidden("username", form.username);
  return html + std::string(fields) + "</form>\n";
}

std::string code_field() {
  return field("code", "Code",
               R"(inputmode="numeric" pattern="[0-9]{6}" maxlength="6" autocomplete="one-time-code" autofocus)");
}

/// The same form without a word of before, for another way on.
LoginForm afresh(const LoginForm& form) {
  return {form.query, form.csrf, "", form.username, "", ""};
}

constexpr const char* kPasswordRules =
    "A password has at least 8 characters: a capital and a small letter, a digit and a symbol.";

/// In groups of four, as apps show it.
std::string in_groups(std::string_view secret) {
  std::string text;
  for (std::size_t i = 0; i < secret.size(); i += 4) text += (i == 0 ? "" : " ") + std::string(secret.substr(i, 4));
  return text;
}

}  // namespace

std::string password_page(const LoginForm& form) {
  const std::string name =
      fmt::format(R"(value="{}" autocomplete="username" autocapitalize="none" spellcheck="false"{})",
                  html_escape(form.username), form.username.empty() ? " autofocus" : "");
  const std::string password =
      fmt::format(R"(type="password" autocomplete="current-password"{})", form.username.empty() ? "" : " autofocus");
  return page("Sign in", "<p>with your user name or e-mail address</p>\n" +
                             form_html(form, "password",
                                       field("username", "User name", name) + field("password", "Password", password) +
                                           button("Sign in")) +
                             form_html(afresh(form), "register", button("Create an account")));
}

std::string sign_up_page(const LoginForm& form, const std::string& email) {
  const std::string name =
      fmt::format(R"(value="{}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="128")",
                  html_escape(form.username));
  const std::string address =
      fmt::format(R"(type="email" value="{}" autocomplete="email" maxlength="254")", html_escape(email));
  return page(
      "Create an account",
      fmt::format("<p id=\"rules\">{}</p>\n", kPasswordRules) +
          form_html(form, "sign_up",
                    field("username", "User name", name + " autofocus") + field("email", "E-mail address", address) +
                        field("password", "Password",
                              R"(type="password" autocomplete="new-password" aria-describedby="rules")") +
                        button("Create")));
}

std::string confirm_page(const LoginForm& form) {
  const std::string name = hidden("username", form.username);
  return page("Enter the code",
              "<p>that was sent to your e-mail address. Nothing leaves this machine: it is in the file that "
              "<code>wsdeep local status</code> names.</p>\n" +
                  form_html(form, "confirm", name + code_field() + button("Confirm")) +
                  form_html(afresh(form), "resend", name + button("Send another code")));
}

std::string new_password_page(const LoginForm& form) {
  const char* more = R"(type="password" autocomplete="new-password" aria-describedby="rules")";
  return page("Choose a new password",
              fmt::format("<p id=\"rules\">The one you have was given to you. {}</p>\n", kPasswordRules) +
                  form_html(form, "NEW_PASSWORD_REQUIRED",
                            field("new_password", "New password", fmt::format("{} autofocus", more)) +
                                field("repeated", "Once more", more) + button("Go on")));
}

std::string code_page(const LoginForm& form, const std::string& challenge, const std::string& destination) {
  std::string text = "<p>from your authenticator app</p>\n";
  if (challenge == "SMS_MFA")
    text = fmt::format("<p>that was sent to {}</p>\n", destination.empty() ? "your phone" : html_escape(destination));
  return page("Enter the code", text + form_html(form, challenge, code_field() + button("Go on")));
}

std::string choice_page(const LoginForm& form, const std::vector<std::string>& choices) {
  std::string buttons;
  for (const std::string& choice : choices)
    buttons += button(choice == "SMS_MFA" ? "A message to my phone" : "My authenticator app",
                      fmt::format(" name=\"answer\" value=\"{}\"", html_escape(choice)));
  return page("Where do you get your code?", form_html(form, "SELECT_MFA_TYPE", buttons));
}

std::string setup_page(const LoginForm& form, const std::string& secret) {
  return page("Set up an authenticator app",
              fmt::format("<p>Add an account with this key to your app, then enter the code that it shows.</p>\n"
                          "<code>{}</code>\n",
                          in_groups(secret)) +
                  form_html(form, "MFA_SETUP", code_field() + button("Go on")));
}

std::string error_page(std::string_view text) {
  return page("This did not work", fmt::format("<div role=\"alert\">{}</div>\n", html_escape(text)));
}

std::string signed_out_page() {
  return page("Signed out", "<p>You can close this page.</p>\n");
}

net::HttpResponse page_response(int status, std::string html, const std::string& form_target) {
  return {status,
          {{"Content-Type", "text/html;charset=UTF-8"},
           {"Content-Security-Policy", auth::plain_page_policy(form_target)},
           {"X-Frame-Options", "DENY"},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-store"}},
          std::move(html)};
}

}  // namespace wsdeep::local
