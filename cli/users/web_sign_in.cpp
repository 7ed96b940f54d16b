#include "users/web_sign_in.h"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>

#include "auth/authorization_code.h"
#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/random.h"
#include "base/text.h"
#include "base/url.h"
#include "net/server.h"
#include "users/browser.h"
#include "users/cognito_errors.h"
#include "users/sign_in.h"

namespace wsdeep::users {
namespace {

constexpr std::size_t kSecretBytes = 24;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

/// Where the pool sends the browser back to.
struct ReturnAddress {
  std::string host;
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  std::string path;
  std::string uri;  ///< as it is registered, which is compared letter by letter; empty: made from the above
};

/// Nothing unless `uri` leads to this machine.
std::optional<ReturnAddress> loopback_address(const std::string& uri) {
  try {
    const Url url = parse_url(uri);
    if (url.scheme == "http" && is_loopback(url.host))
      return ReturnAddress{url.host, url.port, url.target.substr(0, url.target.find('?')), uri};
  } catch (const Error&) {
    // Not a URL that we know: some other application's scheme.
  }
  return std::nullopt;
}

ReturnAddress choose_address(const Target& target, CognitoAccess& access, const std::string& given) {
  if (!given.empty()) {
    if (const auto address = loopback_address(given)) return *address;
    throw Error(ErrorKind::kUsage, "--redirect-uri must lead to this machine, as http://localhost:8400/callback does");
  }
  if (target.local) return {"127.0.0.1", 0, "/callback", ""};
  const auto client = explained("cannot look up the app client's callback URLs", "", [&] {
    return access.cognito.describe_user_pool_client(target.user_pool_id, target.client_id);
  });
  for (const std::string& uri : client.callback_urls)
    if (const auto address = loopback_address(uri)) return *address;
  throw Error(ErrorKind::kUsage, "the app client has no callback URL that leads to this machine",
              "add http://localhost:8400/callback to auth.callback_urls and deploy");
}

std::string find_hosted_ui(const Target& target, CognitoAccess& access) {
  if (!target.hosted_ui_url.empty()) return target.hosted_ui_url;
  const auto pool = explained("cannot look up the pool's sign-in page", "",
                              [&] { return access.cognito.describe_user_pool(target.user_pool_id); });
  if (!pool.custom_domain.empty()) return "https://" + pool.custom_domain;
  if (!pool.domain.empty()) return fmt::format("https://{}.auth.{}.amazoncognito.com", pool.domain, target.region);
  throw Error(ErrorKind::kUsage, "the pool has no sign-in page of its own",
              "set auth.hosted_ui_prefix and deploy, or sign in without --web");
}

net::HttpResponse page(int status, std::string_view title, std::string_view text) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"}};
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>"
      "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;"
      "text-align:center;color-scheme:light dark}}</style><h1>{0}</h1><p>{1}</p></html>\n",
      title, text);
  return response;
}

/// The page lets anybody sign in, whatever name was filled in for him.
void require_user(const aws::AuthResult& result, const std::string& username) {
  const auto token = auth::read_token(result.id_token);
  const std::string name = token ? token->claims.username : "";
  if (username.empty() || iequals(name, username) || (token && iequals(token->claims.email, username))) return;
  throw Error(ErrorKind::kRefused, fmt::format("'{}' signed in on the page, not '{}'", strip_control(name), username),
              "sign out on the page first, or leave the name out");
}

/// Waits for the browser to come back; the tokens are fetched before it is told how it went.
class Callback {
 public:
  Callback(const Target& target, const WebSignInOptions& options, const std::string& hosted_ui,
           const ReturnAddress& address, const Context& context)
      : options_(options),
        path_(address.path),
        state_(base64url(random_bytes(kSecretBytes))),
        server_(loop_, listen_at(address), [this](const auto& exchange) { answer(exchange); }),
        signals_(loop_.on_signal({SIGINT, SIGTERM}, [this](int) {
          fail(Error(ErrorKind::kInterrupted, "interrupted: nobody is signed in"));
        })) {
    const auth::Pkce pkce = auth::make_pkce();
    exchange_.hosted_ui_url = hosted_ui;
    exchange_.ca_file = target.ca_file;
    exchange_.client_id = target.client_id;
    exchange_.client_secret = pool_client(target, context).client_secret;
    exchange_.redirect_uri =
        !address.uri.empty() ? address.uri : fmt::format("http://{}:{}{}", address.host, server_.port(), address.path);
    exchange_.verifier = pkce.verifier;
    exchange_.nonce = base64url(random_bytes(kSecretBytes));
    url_ = auth::authorization_url({hosted_ui, target.client_id, exchange_.redirect_uri, state_, exchange_.nonce,
                                    pkce.challenge, options.provider, options.username});
  }

  /// Where the browser has to go.
  const std::string& url() const { return url_; }

  aws::AuthResult wait() {
    const auto timer = loop_.after(options_.limit, [this] {
      fail(Error(ErrorKind::kFailure,
                 fmt::format("nobody signed in within {}",
                             human_duration(std::chrono::duration_cast<std::chrono::seconds>(options_.limit)))));
    });
    loop_.run();
    if (fault_) std::rethrow_exception(fault_);
    return result_;
  }

 private:
  static net::ServerOptions listen_at(const ReturnAddress& address) {
    net::ServerOptions options;
    options.address = address.host == "::1" ? "::1" : "127.0.0.1";
    options.port = address.port;
    options.max_body_bytes = 4096;
    return options;
  }

  void fail(const Error& error) {
    fault_ = std::make_exception_ptr(error);
    stop_.request_stop();
    loop_.stop();
  }

  void answer(const std::shared_ptr<net::HttpExchange>& exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string_view target = request.target;
    if (request.method != "GET" || target.substr(0, target.find('?')) != path_)
      return exchange->respond(page(404, "Nothing here", "This address waits for a sign-in of wsdeep."));
    const auth::Redirect redirect = auth::read_redirect(target, state_);
    if (!redirect.ours || answered_)
      return exchange->respond(page(400, "Not this sign-in", "Start again from the page that wsdeep opened."));
    answered_ = true;
    if (redirect.code.empty())
      return finish(*exchange,
                    std::make_exception_ptr(Error(ErrorKind::kRefused, "the sign-in was refused: " + redirect.error)));
    exchange_.code = redirect.code;
    exchange_.cancel = stop_.get_token();
    // Off the loop's thread, so that Ctrl-C is heard meanwhile.
    loop_.run_blocking([this] { result_ = auth::exchange_code(http_, exchange_); },
                       [this, exchange](const std::exception_ptr& fault) { finish(*exchange, fault); });
  }

  void finish(net::HttpExchange& exchange, const std::exception_ptr& fault) {
    fault_ = fault;
    exchange.respond(fault ? page(200, "You are not signed in", "The terminal says why. You can close this window.")
                           : page(200, "You are signed in", "You can close this window and go back to the terminal."));
    loop_.post([this] { loop_.stop(); });  // after the page is on its way
  }

  const WebSignInOptions& options_;
  std::string path_;
  std::string state_;
  std::string url_;
  auth::CodeExchange exchange_;
  net::HttpClient http_;
  std::stop_source stop_;
  bool answered_ = false;
  aws::AuthResult result_;
  std::exception_ptr fault_;
  net::EventLoop loop_;
  net::Server server_;
  net::EventLoop::Subscription signals_;
};

}  // namespace

auth::SavedLogin sign_in_on_web(const Target& target, Context& context, const WebSignInOptions& options) {
  if (target.user_pool_id.empty() || target.client_id.empty())
    throw Error(ErrorKind::kUsage, "the pool and its app client are not known", "pass --user-pool-id and --client-id");
  if (target.local && !options.provider.empty())
    throw Error(ErrorKind::kUsage, "the local pool has no identity providers",
                "leave --provider out, and sign in as one of its users");
  CognitoAccess access(target, context);
  const std::string hosted_ui = find_hosted_ui(target, access);
  Callback callback(target, options, hosted_ui, choose_address(target, access, options.redirect_uri), context);
  const bool opened = options.open_browser && open_browser(context.env, callback.url());
  context.console.err(fmt::format("{}\n  {}\nwaiting for the sign-in; Ctrl-C gives up\n",
                                  opened ? "Sign in in the browser that opens. If none does, open:"
                                         : "Open this address in a browser on this machine:",
                                  callback.url()));
  const aws::AuthResult result = callback.wait();
  require_user(result, options.username);
  return save_tokens(target, context, options.username, result);
}

}  // namespace wsdeep::users
