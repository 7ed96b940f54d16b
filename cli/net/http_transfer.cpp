#include "net/http_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "base/display.h"
#include "base/text.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 * 1024;
constexpr long kProxyLogin = 407;

/// The URL as a message may show it: without query, fragment and user info, where secrets travel.
std::string shown(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t start = scheme + 3;
  const std::size_t at = url.substr(start, url.find('/', start) - start).rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, start)) + std::string(url.substr(start + at + 1));
}

/// Of `HTTP/1.1 200 OK`.
int status_of(std::string_view line) {
  const std::string_view code = line.substr(std::min(line.find(' '), line.size()));
  return std::atoi(std::string(trim(code)).c_str());
}

std::string connect_cause(CURL* easy) {
  long reason = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
  return reason == 0 ? "connection refused" : to_lower(std::strerror(static_cast<int>(reason)));
}

/// What is said of those to whom we connect: the server, or the proxy.
std::string of_proxy(const std::optional<Proxy>& proxy, const std::string& cause) {
  return proxy ? fmt::format("the proxy {}: {}", proxy->name(), cause) : cause;
}

/// Bytes that are no response: of another protocol, or of a broken server.
bool is_no_http(CURLcode code) {
  return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY;
}

TransportFault common_fault(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault::kTimeout;
    case CURLE_ABORTED_BY_CALLBACK:  // our own word for it
      return TransportFault::kCancelled;
    case CURLE_COULDNT_CONNECT:
      return TransportFault::kRefused;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransportFault::kResolve;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return TransportFault::kBroken;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return TransportFault::kTls;
    default:
      return TransportFault::kOther;
  }
}

std::string hint_of(TransportFault fault, const HttpCall& call) {
  if (fault != TransportFault::kTls) return {};
  return call.ca_file.empty() ? "check which certificate the server shows, and name its CA file"
                              : "check that " + call.ca_file + " holds the CA that signed the server's certificate";
}

/// libcurl knows where the distribution that built it keeps the system's CAs. On another one, Lambda's, SSL_CERT_FILE
/// says where they are: OpenSSL and the curl tool heed it, libcurl does not.
std::string ca_file_of(const HttpCall& call) {
  const char* system = std::getenv("SSL_CERT_FILE");
  return call.ca_file.empty() && system != nullptr ? system : call.ca_file;
}

}  // namespace

void init_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

HttpTransfer::HttpTransfer(CURL* easy, const HttpCall& call)
    : easy_(easy), call_(call), url_(parse_url(call.url)), proxy_(proxy_for(url_)) {
  curl_easy_reset(easy);  // options only: connections and names stay known
  set_headers();
  set_connection();
  set_proxy();
  set_method();
  set_callbacks();
}

HttpTransfer::~HttpTransfer() {
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
}

int HttpTransfer::on_request(void* context, char*, char*, int, int) {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(context);
  transfer.would_repeat_ = std::exchange(transfer.has_begun_, true);
  return transfer.would_repeat_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

std::size_t HttpTransfer::on_body(char* data, std::size_t, std::size_t count, void* context) {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(context);
  transfer.heard_ = std::chrono::steady_clock::now();
  const std::string_view piece(data, count);
  return (transfer.call_.on_data ? transfer.consume(piece) : transfer.keep(piece)) ? count : 0;
}

std::size_t HttpTransfer::on_header(char* data, std::size_t, std::size_t count, void* context) {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(context);
  transfer.heard_ = std::chrono::steady_clock::now();
  transfer.header_bytes_ += count;
  transfer.too_large_ = transfer.header_bytes_ > kMaxHeaderBytes;
  return !transfer.too_large_ && transfer.take_header(trim({data, count})) ? count : 0;
}

bool HttpTransfer::consume(std::string_view piece) {
  if (stopped_by_consumer_) return true;  // drained
  try {
    stopped_by_consumer_ = !call_.on_data(piece);
  } catch (...) {
    consumer_failure_ = std::current_exception();
  }
  if (!stopped_by_consumer_) return !consumer_failure_;
  drain_until_ = std::chrono::steady_clock::now() + call_.drain;
  return call_.drain > call_.drain.zero();
}

bool HttpTransfer::keep(std::string_view piece) {
  std::string& body = response_.body;
  too_large_ = piece.size() > call_.max_response_bytes - body.size();
  if (!too_large_) body += piece;
  return !too_large_;
}

bool HttpTransfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // what came before belonged to a 1xx
    response_.status = status_of(line);
    head_ended_ = false;
    return true;
  }
  if (line.empty() && !std::exchange(head_ended_, true)) return tell_head();
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos)
    response_.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return true;
}

bool HttpTransfer::tell_head() {
  try {
    if (call_.on_head) call_.on_head(response_);
  } catch (...) {
    consumer_failure_ = std::current_exception();
  }
  return !consumer_failure_;
}

std::optional<std::chrono::steady_clock::time_point> HttpTransfer::drain_until() const {
  return stopped_by_consumer_ ? std::optional(drain_until_) : std::nullopt;
}

void HttpTransfer::set_headers() {
  const auto add = [this](const std::string& line) {
    curl_slist* const grown = curl_slist_append(headers_.get(), line.c_str());
    if (grown == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(grown);
  };
  for (const auto& [name, value] : call_.headers) {
    if (!is_valid_field(name, value))
      throw TransportError(TransportFault::kOther, fmt::format("cannot reach {}: a header field is not one that HTTP "
                                                               "can carry",
                                                               shown(call_.url)));
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");  // a server that ignores it would cost a second
  if (!header(call_.headers, "Content-Type")) add("Content-Type:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
}

/// libcurl asks before each request, those included that it repeats by itself. (A body that it could not repeat, since
/// a callback gives it out, would go out behind the head, as a packet of its own: twice the work for a short one.) A
/// connection that has rested for long is left alone: the peer may be closing it just now.
void HttpTransfer::set_to_send_once() {
  constexpr long kRestedTooLong = 2;  // seconds
  curl_easy_setopt(easy_, CURLOPT_MAXAGE_CONN, kRestedTooLong);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, on_request);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

void HttpTransfer::set_method() {
  const std::string& method = call_.method;
  const bool has_body = !call_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (has_body) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, call_.body.data());
  }
  if (call_.send_once) set_to_send_once();
  if (method == "HEAD") curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void HttpTransfer::set_connection() {
  curl_easy_setopt(easy_, CURLOPT_URL, call_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // a signed path must arrive as it was signed
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION,
                   static_cast<long>(call_.http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // do not wait for a resolver that hangs
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call_.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(call_.timeout.count()));
  if (call_.silence_limit > call_.silence_limit.zero()) {
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(call_.silence_limit.count()));
  }
  // Debian's folder of CAs stays in force beside the file.
  if (const std::string file = ca_file_of(call_); !file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, file.c_str());
}

/// Whatever libcurl would read from the environment is decided already.
void HttpTransfer::set_proxy() {
  curl_easy_setopt(easy_, CURLOPT_PROXY, proxy_ ? proxy_->url().c_str() : "");
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // they are no answer of the server's
  if (!proxy_ || !proxy_->has_login) return;
  curl_easy_setopt(easy_, CURLOPT_PROXYUSERNAME, proxy_->user.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROXYPASSWORD, proxy_->password.c_str());
}

void HttpTransfer::set_callbacks() {
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
}

HttpResponse HttpTransfer::conclude(CURLcode code) {
  // libcurl takes a head that is cut short for a whole one, and the answer for one without a body.
  if (code == CURLE_OK && !head_ended_) code = CURLE_RECV_ERROR;
  if (consumer_failure_) std::rethrow_exception(consumer_failure_);
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (proxy_) throw_proxy_refusal(status);
  if (code == CURLE_OK) {
    response_.status = static_cast<int>(status);
    return std::move(response_);
  }
  const TransportFault fault = fault_of(code);
  throw TransportError(fault, fmt::format("cannot reach {}: {}", shown(call_.url), cause_of(code, fault)),
                       hint_of(fault, call_));
}

/// Throws when it was the proxy that answered: with anything but 2xx to a CONNECT, or with 407 to a request that it was
/// to pass on.
void HttpTransfer::throw_proxy_refusal(long status) const {
  long connect_status = 0, offered = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  curl_easy_getinfo(easy_, CURLINFO_PROXYAUTH_AVAIL, &offered);
  const bool refused = connect_status >= 300;
  if (!refused && status != kProxyLogin) return;
  const bool basic = (static_cast<unsigned long>(offered) & CURLAUTH_BASIC) != 0;
  const ProxyRefusal refusal =
      explain_refusal(*proxy_, static_cast<int>(refused ? connect_status : status), tunnel_target(url_), basic);
  throw TransportError(refusal.for_good ? TransportFault::kOther : TransportFault::kRefused,
                       fmt::format("cannot reach {}: {}", shown(call_.url), refusal.cause), refusal.hint);
}

TransportFault HttpTransfer::fault_of(CURLcode code) const {
  if (stopped_by_consumer_ || call_.cancel.stop_requested()) return TransportFault::kCancelled;
  if (would_repeat_) return TransportFault::kBroken;
  // libcurl says so of a header field above 100 KB.
  const bool long_field = code == CURLE_OUT_OF_MEMORY && !head_ended_;
  return too_large_ || long_field ? TransportFault::kTooLarge : common_fault(code);
}

std::string HttpTransfer::cause_of(CURLcode code, TransportFault fault) const {
  switch (fault) {
    case TransportFault::kRefused:
      return of_proxy(proxy_, connect_cause(easy_));
    case TransportFault::kBroken:
      return "the connection ended before the response did";
    case TransportFault::kResolve:
      return of_proxy(proxy_, "the host name does not resolve");
    case TransportFault::kTooLarge:
      if (!head_ended_) return "the response's header is too large";
      return fmt::format("the response is larger than {}", human_bytes(call_.max_response_bytes));
    case TransportFault::kTimeout:
      return time_out();
    case TransportFault::kCancelled:
      return "cancelled";
    default:
      const std::string said = detail_.front() != '\0' ? detail_.c_str() : curl_easy_strerror(code);
      return is_no_http(code) ? fmt::format("what answers there does not speak HTTP ({})", to_lower(said)) : said;
  }
}

/// Which of the limits it was that passed.
std::string HttpTransfer::time_out() const {
  const auto silence = std::chrono::steady_clock::now() - heard_;
  const bool was_silent = call_.silence_limit > call_.silence_limit.zero() && silence >= call_.silence_limit;
  return was_silent ? fmt::format("nothing came for {} s", call_.silence_limit.count()) : "timed out";
}

}  // namespace wsdeep::net
