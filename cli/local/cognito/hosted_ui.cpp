// The hosted UI: a browser comes with an app's request, and leaves with a code for the app.
//
//   GET /oauth2/authorize → 302 /login?… → page → POST /login?… ─┬→ page again (wrong password, second factor, …)
//                                                               ├→ page for a new account, then for its code
//                                                               └→ 303 redirect_uri?code=…&state=…
//
// Nothing is kept between the steps but the open challenge of the sign-in: the app's request travels in the query, and
// is checked anew each time. There is no browser session as Cognito's, which would let any site that the browser visits
// fetch a code for a listener on this machine: here every request asks for the password.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "auth/token_sources.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/utf8.h"
#include "local/cognito/pages.h"
#include "local/cognito/web.h"
#include "net/form.h"

namespace wsdeep::local {
namespace {

constexpr const char* kCsrfCookie = "wsdeep-csrf";
constexpr std::size_t kCsrfBytes = 32;
constexpr std::size_t kMaxState = 2048, kMaxNonce = 512, kMaxScopes = 512;
constexpr std::size_t kChallengeLength = 43;  // a SHA-256 in base64url

/// What an app asks for (RFC 6749 §4.1.1, RFC 7636 §4.3).
struct AuthorizeRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string scopes;
  std::string state;
  std::string nonce;
  std::string code_challenge;
  std::string login_hint;
  std::string query;  ///< all of it
  std::string form_targets;
};

/// What is wrong with a request is told to the app, at its redirect_uri (RFC 6749 §4.1.2.1).
class RedirectFault : public std::runtime_error {
 public:
  RedirectFault(const AuthorizeRequest& request, std::string error, const std::string& description)
      : std::runtime_error(description), request_(request), error_(std::move(error)) {}
  const AuthorizeRequest& request() const { return request_; }
  const std::string& error() const { return error_; }

 private:
  AuthorizeRequest request_;
  std::string error_;
};

net::HttpResponse redirect(int status, const std::string& url, net::FormFields fields) {
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  const std::string query = net::encode_form(fields);
  const char* join = query.empty() ? "" : url.find('?') == std::string::npos ? "?" : "&";
  return {status,
          {{"Location", url + join + query}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}},
          {}};
}

net::HttpResponse redirect_fault(const RedirectFault& fault) {
  return redirect(302, fault.request().redirect_uri,
                  {{"error", fault.error()}, {"error_description", fault.what()}, {"state", fault.request().state}});
}

/// Who asks, and where the answer goes: as long as these are not right, there is nobody to tell but the person.
AuthorizeRequest read_client(const CognitoContext& context, const WebForm& form) {
  AuthorizeRequest request;
  request.client_id = form.text("client_id");
  request.redirect_uri = form.text("redirect_uri");
  request.state = form.text("state");
  if (context.pool->find_client(request.client_id) == nullptr)
    throw PageFault(400, "The app that sent you here is not known: its client_id is none of this user pool's.");
  if (!may_redirect_to(context, request.redirect_uri))
    throw PageFault(400, "The app that sent you here wants you back at an address (redirect_uri) that is not allowed.");
  if (request.state.size() > kMaxState) throw PageFault(400, "The app's request is too long (state).");
  return request;
}

std::string read_scopes(const AuthorizeRequest& request, const std::string& text) {
  if (text.size() > kMaxScopes) throw RedirectFault(request, "invalid_scope", "too many scopes");
  std::vector<std::string> scopes;
  for (const std::string_view scope : split(text, ' ')) {
    if (scope.empty() || std::find(scopes.begin(), scopes.end(), scope) != scopes.end()) continue;
    if (std::find(user_scopes().begin(), user_scopes().end(), scope) == user_scopes().end())
      throw RedirectFault(request, "invalid_scope", "this client may not ask for that scope");
    scopes.emplace_back(scope);
  }
  // Without a wish: all that the client may have, as Cognito does it.
  if (scopes.empty()) scopes = user_scopes();
  const bool has_openid = std::find(scopes.begin(), scopes.end(), "openid") != scopes.end();
  const bool only_api = scopes == std::vector<std::string>{kApiScope};
  if (!has_openid && !only_api) throw RedirectFault(request, "invalid_scope", "these scopes need openid beside them");
  return join(scopes, " ");
}

bool is_challenge(const std::string& text) {
  const auto bytes = from_base64url(text);
  return text.size() == kChallengeLength && bytes && bytes->size() == 32;
}

std::string encode_request(const AuthorizeRequest& request) {
  net::FormFields fields = {{"response_type", "code"},
                            {"client_id", request.client_id},
                            {"redirect_uri", request.redirect_uri},
                            {"scope", request.scopes},
                            {"state", request.state},
                            {"nonce", request.nonce},
                            {"code_challenge", request.code_challenge},
                            {"code_challenge_method", "S256"},
                            {"login_hint", request.login_hint}};
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  return net::encode_form(fields);
}

/// What CSP's form-action calls the place that the browser goes to next. It has no word for an IPv6 address.
std::string form_target(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  if (url[host] == '[') return "http:";
  return url.substr(0, url.find_first_of("/?", host));
}

/// The app's address, and where the app may go on to from there: browsers hold all redirects of a form to form-action.
std::string form_targets(const CognitoContext& context, const std::string& redirect_uri) {
  std::vector<std::string> targets{form_target(redirect_uri)};
  for (const std::string& url : context.options.callback_urls)
    if (const std::string target = form_target(url); std::ranges::find(targets, target) == targets.end())
      targets.push_back(target);
  return join(targets, " ");
}

AuthorizeRequest read_request(const CognitoContext& context, const net::HttpRequest& http) {
  const auto form = query_of(http);
  if (!form) throw PageFault(400, "The app's request is malformed.");
  AuthorizeRequest request = read_client(context, *form);
  const auto refuse = [&](const char* error, const char* why) { throw RedirectFault(request, error, why); };
  if (form->text("response_type") != "code") refuse("unsupported_response_type", "response_type has to be code");
  if (request.client_id != context.pool->app.id)
    refuse("unauthorized_client", "this client may not use the authorization code grant");
  if (form->has("idp_identifier") || (form->has("identity_provider") && form->text("identity_provider") != "COGNITO"))
    refuse("invalid_request", "this user pool has no identity providers: people sign in as its own users");
  request.scopes = read_scopes(request, form->text("scope"));
  request.nonce = form->text("nonce");
  if (request.nonce.size() > kMaxNonce) refuse("invalid_request", "nonce is too long");
  request.code_challenge = form->text("code_challenge");
  if (request.code_challenge.empty()) refuse("invalid_request", "code_challenge required: the client has no secret");
  if (form->text("code_challenge_method") != "S256") refuse("invalid_request", "code_challenge_method has to be S256");
  if (!is_challenge(request.code_challenge)) refuse("invalid_request", "code_challenge is not a SHA-256 in base64url");
  if (form->text("prompt") == "none") refuse("login_required", "there is no session to sign in with");
  request.login_hint = form->text("login_hint").substr(0, 128);
  if (!is_utf8(request.login_hint)) request.login_hint.clear();
  request.query = encode_request(request);
  request.form_targets = form_targets(context, request.redirect_uri);
  return request;
}

/// The token of this browser against forged posts: the same value in a cookie, which no other site can read or set,
/// and in the form.
std::string csrf_of(const net::HttpRequest& request) {
  const auto cookies = net::header(request.headers, "Cookie");
  const auto value = cookies ? auth::cookie_value(*cookies, kCsrfCookie) : std::nullopt;
  if (!value) return "";
  const auto bytes = from_base64url(*value);
  return bytes && bytes->size() == kCsrfBytes ? *value : "";
}

void require_own_form(const net::HttpRequest& request, const WebForm& form) {
  const std::string site = net::header(request.headers, "Sec-Fetch-Site").value_or("same-origin");
  const std::string token = csrf_of(request);
  if (site != "same-origin" || token.empty() || !constant_time_equal(token, form.text("csrf")))
    throw PageFault(403,
                    "This form is out of date, or your browser does not keep cookies. Go back to the app and start "
                    "again.");
}

/// One post of the form, on its way through the sign-in.
struct LoginStep {
  AuthorizeRequest request;
  LoginForm form;
  std::string step;   ///< `password`, the challenge that is answered, or one of registering
  std::string email;  ///< of who registers
  Reply reply;
};

void show(const LoginStep& step, int status, std::string html) {
  step.reply(page_response(status, std::move(html), step.request.form_targets));
}

/// A question of the sign-in as a page.
std::string question_page(CognitoContext& context, const LoginForm& form, const std::string& challenge,
                          const std::string& destination) {
  if (challenge == "NEW_PASSWORD_REQUIRED") return new_password_page(form);
  if (challenge == "SELECT_MFA_TYPE") return choice_page(form, {kSoftwareTokenMfa, kSmsMfa});
  if (challenge != "MFA_SETUP") return code_page(form, challenge, destination);
  const SignInChallenge* open = context.challenges.find(form.session);
  if (open == nullptr || !context.mfa_settings.totp)
    throw PageFault(403, "This user pool wants a second factor, and you have none. Ask its administrator.");
  return setup_page(form, open->totp_secret.empty() ? give_totp_secret(context, form.session) : open->totp_secret);
}

void ask(CognitoContext& context, LoginStep step, const SignInQuestion& question) {
  step.form.error.clear();
  step.form.session = question.session;
  const SignInChallenge* challenge = context.challenges.find(question.session);
  if (challenge != nullptr) step.form.username = challenge->username;
  show(step, 200, question_page(context, step.form, question.challenge, question.destination));
}

void finish(CognitoContext& context, const LoginStep& step, const User& user) {
  CodeGrant grant{step.request.client_id, step.request.redirect_uri, step.request.code_challenge, user.sub,
                  step.request.scopes,    step.request.nonce,        context.now_ms() / 1000,     random_uuid()};
  const std::string code = context.codes.add(std::move(grant));
  step.reply(redirect(303, step.request.redirect_uri, {{"code", code}, {"state", step.request.state}}));
}

/// Someone who registers: the steps that no question of the sign-in is.
enum class Registration { kNone, kAsked, kSignUp, kConfirm, kResend };

Registration registration_of(std::string_view step) {
  if (step == "register") return Registration::kAsked;
  if (step == "sign_up") return Registration::kSignUp;
  if (step == "confirm") return Registration::kConfirm;
  return step == "resend" ? Registration::kResend : Registration::kNone;
}

/// The same page again, with what was wrong; the first one when the sign-in cannot go on.
void ask_again(CognitoContext& context, LoginStep step, const ApiFault& fault) {
  step.form.error = fault.what();
  const Registration registration = registration_of(step.step);
  if (fault.type() == "UserNotConfirmedException") step.form.session.clear();
  if (registration == Registration::kSignUp) return show(step, 400, sign_up_page(step.form, step.email));
  if (registration != Registration::kNone || fault.type() == "UserNotConfirmedException")
    return show(step, 400, confirm_page(step.form));
  const bool goes_on = step.step != "password" && context.challenges.find(step.form.session) != nullptr;
  if (goes_on) return show(step, 400, question_page(context, step.form, step.step, ""));
  if (step.step != "password" && fault.type() == "NotAuthorizedException")
    step.form.error = "This took too long, or too many attempts. Sign in again.";
  step.form.session.clear();
  show(step, 400, password_page(step.form));
}

void refuse(CognitoContext& context, const LoginStep& step, const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const ApiFault& refusal) {
    ask_again(context, step, refusal);
  } catch (const PageFault& refusal) {
    step.reply(page_response(refusal.status(), error_page(refusal.what())));
  } catch (const std::exception& error) {
    log_error("cannot sign in at the hosted UI", {{"cause", error.what()}});
    step.reply(page_response(500, error_page("Something went wrong.")));
  }
}

SignInSteps steps_of(CognitoContext& context, const LoginStep& step) {
  const std::weak_ptr<CognitoContext> weak = context.weak_from_this();
  const auto with_context = [weak](const auto& run) {
    if (const auto alive = weak.lock()) run(*alive);
  };
  return {step.request.client_id, [step](CognitoContext& later, const User& user) { finish(later, step, user); },
          [step, with_context](const SignInQuestion& question) {
            with_context([&](CognitoContext& later) { ask(later, step, question); });
          },
          [step, with_context](const std::exception_ptr& fault) {
            with_context([&](CognitoContext& later) { refuse(later, step, fault); });
          }};
}

/// The answer to the challenge, as RespondToAuthChallenge has it.
Parameters responses_of(const LoginStep& step, const WebForm& form) {
  Parameters responses = {{"USERNAME", step.form.username}};
  if (step.step == "NEW_PASSWORD_REQUIRED") {
    if (form.text("new_password") != form.text("repeated")) throw bad_parameter("The two passwords are not the same.");
    responses["NEW_PASSWORD"] = form.text("new_password");
  } else if (step.step == "SELECT_MFA_TYPE") {
    responses["ANSWER"] = form.text("answer");
  } else {
    responses[step.step + "_CODE"] = std::string(trim(form.text("code")));
  }
  return responses;
}

/// SignUp, ConfirmSignUp and ResendConfirmationCode, as an app would call them.
void register_person(CognitoContext& context, LoginStep step, const WebForm& form, const SignInSteps& steps) {
  const Json fields = {
      {"ClientId", step.request.client_id},
      {"Username", step.form.username},
      {"Password", form.text("password")},
      {"ConfirmationCode", std::string(trim(form.text("code")))},
      {"UserAttributes", Json::array({Json{{"Name", "email"}, {"Value", step.email}}})},
  };
  const JsonRequest request(fields, "InvalidParameterException");
  switch (registration_of(step.step)) {
    case Registration::kSignUp:
      return sign_up(context, request,
                     {[step](const std::string&) { show(step, 200, confirm_page(step.form)); }, steps.failed});
    case Registration::kConfirm:
      confirm_sign_up(context, request);
      step.form.notice = "Your account is there. Sign in.";
      return show(step, 200, password_page(step.form));
    case Registration::kResend:
      resend_confirmation_code(context, request);
      step.form.notice = "Another code was sent.";
      return show(step, 200, confirm_page(step.form));
    case Registration::kAsked:
    case Registration::kNone:
      break;
  }
  show(step, 200, sign_up_page(step.form, step.email));
}

void take_step(CognitoContext& context, const LoginStep& step, const WebForm& form) {
  const SignInSteps steps = steps_of(context, step);
  guard(steps, [&] {
    if (registration_of(step.step) != Registration::kNone) return register_person(context, step, form, steps);
    if (step.step == "password") {
      if (step.form.username.empty() || form.text("password").empty()) throw wrong_password();
      return sign_in_with_password(context, {{"USERNAME", step.form.username}, {"PASSWORD", form.text("password")}},
                                   steps);
    }
    if (step.step == "MFA_SETUP") prove_totp_secret(context, step.form.session, std::string(trim(form.text("code"))));
    answer_challenge(context, step.step, step.form.session, responses_of(step, form), steps);
  });
}

/// Of the challenge that is answered; what is no answer begins anew.
std::string session_of(const WebForm& form) {
  const std::string& step = form.text("step");
  return step == "password" || registration_of(step) != Registration::kNone ? "" : form.text("session");
}

Quota quota_of_step(const std::string& step) {
  if (registration_of(step) != Registration::kNone) return Quota::kUserCreation;
  return step == "password" ? Quota::kUserAuthentication : Quota::kChallengeAnswer;
}

/// For the endpoints of a browser: a RedirectFault becomes its redirect.
template <typename Step>
net::HttpResponse with_redirects(Step step) {
  try {
    return step();
  } catch (const RedirectFault& fault) {
    return redirect_fault(fault);
  }
}

}  // namespace

net::HttpResponse authorize(CognitoContext& context, const net::HttpRequest& request) {
  return with_redirects([&] { return redirect(302, "/login?" + read_request(context, request).query, {}); });
}

net::HttpResponse show_login(CognitoContext& context, const net::HttpRequest& request) {
  return with_redirects([&] {
    const AuthorizeRequest wanted = read_request(context, request);
    LoginForm form;
    form.query = wanted.query;
    form.username = wanted.login_hint;
    form.csrf = csrf_of(request);
    const bool is_new = form.csrf.empty();
    if (is_new) form.csrf = base64url(random_bytes(kCsrfBytes));
    net::HttpResponse response = page_response(200, password_page(form), wanted.form_targets);
    if (is_new)
      response.headers.emplace_back("Set-Cookie",
                                    fmt::format("{}={}; Path=/login; HttpOnly; SameSite=Lax{}", kCsrfCookie, form.csrf,
                                                request.secure ? "; Secure" : ""));
    return response;
  });
}

void post_login(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply) {
  try {
    const AuthorizeRequest wanted = read_request(context, request);
    const auto form = posted_form(request);
    if (!form) throw PageFault(400, "This form is malformed.");
    require_own_form(request, *form);
    LoginStep step{wanted,
                   {wanted.query, form->text("csrf"), "", form->text("username"), session_of(*form)},
                   form->text("step"),
                   form->text("email"),
                   reply};
    if (!limiter.admit(quota_of_step(step.step)))
      throw PageFault(429, "Too many requests. Wait a moment and try again.");
    take_step(context, step, *form);
  } catch (const RedirectFault& fault) {
    reply(redirect_fault(fault));
  }
}

/// There is no browser session to end: this leads back to the app, as Cognito's endpoint does.
net::HttpResponse logout(CognitoContext& context, const net::HttpRequest& request) {
  const auto form = query_of(request);
  if (!form || context.pool->find_client(form->text("client_id")) == nullptr)
    throw PageFault(400, "The app that sent you here is not known: its client_id is none of this user pool's.");
  if (form->has("redirect_uri")) return authorize(context, request);
  if (!form->has("logout_uri")) return page_response(200, signed_out_page());
  if (!may_redirect_to(context, form->text("logout_uri")))
    throw PageFault(400, "The app that sent you here wants you back at an address (logout_uri) that is not allowed.");
  return redirect(302, form->text("logout_uri"), {{"state", form->text("state")}});
}

}  // namespace wsdeep::local
