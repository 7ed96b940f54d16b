#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "auth/exchange/config.h"
#include "auth/exchange/pool.h"
#include "wire/http_event.h"

/// How the exchange answers: pages for people, JSON for the scripts of pages. No cache keeps any of it.
namespace wsdeep::auth::exchange {

/// One request, and what follows from it for all that is done about it.
struct Visit {
  const wire::HttpEvent& event;
  std::string base;         ///< the one of Config::bases that the browser came by
  bool secure = true;       ///< the base is https
  bool wants_page = false;  ///< a person looks at the answer, not a script
};
Visit visit_of(const wire::HttpEvent& event, const Config& config);

/// What is wrong with a request, or with the pool.
class Refusal : public std::runtime_error {
 public:
  /// `code` is for programs and for the log, `text` for people. `text` must hold nothing secret; it is escaped here.
  Refusal(int status, std::string code, const std::string& text)
      : std::runtime_error(text), status_(status), code_(std::move(code)) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }
  /// Of the answer, beside what `refused` sets: what it ends, the methods that there are.
  std::vector<std::string> cookies;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string cause;  ///< what others said of it, for the log alone; may be empty

 private:
  int status_;
  std::string code_;
};
Refusal refusal_of(const PoolError& error);

wire::HttpAnswer json_answer(int status, std::string body);
/// 302, or 303 for what was posted.
wire::HttpAnswer redirect_answer(int status, const std::string& url);
wire::HttpAnswer refused(const Visit& visit, const Refusal& refusal);
/// Asks whether the person wants to sign out: no link from elsewhere may do it. `redirect` is carried on; may be empty.
wire::HttpAnswer sign_out_page(const Config& config, std::string_view redirect);
wire::HttpAnswer signed_out_page();

}  // namespace wsdeep::auth::exchange
