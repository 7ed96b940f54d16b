#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "base/display.h"
#include "base/text.h"
#include "base/url.h"
#include "net/proxy.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 * 1024;
constexpr long kProxyLogin = 407;

void init_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDelete>;

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

/// One call in the making: what the callbacks of libcurl read from and write to.
struct Transfer {
  explicit Transfer(const HttpCall& made) : call(made) {}

  const HttpCall& call;
  std::optional<Proxy> proxy;
  std::size_t sent = 0;  ///< of the body of a call that is sent once
  HttpResponse response;
  std::size_t header_bytes = 0;
  bool head_ended = false;  ///< by its empty line
  bool too_large = false;
  bool stopped_by_consumer = false;
  std::chrono::steady_clock::time_point drain_until{};  ///< once stopped
  std::exception_ptr consumer_failure;                  // must not pass through libcurl's frames
};

std::size_t on_send(char* buffer, std::size_t, std::size_t size, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  const std::size_t count = transfer.call.body.copy(buffer, size, transfer.sent);
  transfer.sent += count;
  return count;
}

/// What libcurl asks before it sends a body again.
int on_rewind(void*, curl_off_t, int) {
  return CURL_SEEKFUNC_FAIL;
}

bool consume(Transfer& transfer, std::string_view piece) {
  if (transfer.stopped_by_consumer) return true;  // drained
  try {
    transfer.stopped_by_consumer = !transfer.call.on_data(piece);
  } catch (...) {
    transfer.consumer_failure = std::current_exception();
  }
  if (!transfer.stopped_by_consumer) return !transfer.consumer_failure;
  transfer.drain_until = std::chrono::steady_clock::now() + transfer.call.drain;
  return transfer.call.drain > transfer.call.drain.zero();
}

/// How long to wait for the next piece; nothing when the rest of a body was waited for long enough.
std::optional<std::chrono::milliseconds> patience_of(const Transfer& transfer) {
  constexpr std::chrono::milliseconds kPoll{1000};
  if (!transfer.stopped_by_consumer) return kPoll;
  const auto left = transfer.drain_until - std::chrono::steady_clock::now();
  if (left <= left.zero()) return std::nullopt;
  return std::min(kPoll, std::chrono::ceil<std::chrono::milliseconds>(left));
}

bool tell_head(Transfer& transfer) {
  try {
    if (transfer.call.on_head) transfer.call.on_head(transfer.response);
  } catch (...) {
    transfer.consumer_failure = std::current_exception();
  }
  return !transfer.consumer_failure;
}

/// Of `HTTP/1.1 200 OK`.
int status_of(std::string_view line) {
  const std::string_view code = line.substr(std::min(line.find(' '), line.size()));
  return std::atoi(std::string(trim(code)).c_str());
}

std::size_t on_body(char* data, std::size_t, std::size_t count, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  if (transfer.call.on_data) return consume(transfer, {data, count}) ? count : 0;
  std::string& body = transfer.response.body;
  transfer.too_large = count > transfer.call.max_response_bytes - body.size();
  if (transfer.too_large) return 0;
  body.append(data, count);
  return count;
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  const std::string_view line = trim({data, count});
  transfer.header_bytes += count;
  transfer.too_large = transfer.header_bytes > kMaxHeaderBytes;
  if (transfer.too_large) return 0;
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();  // what came before belonged to a 1xx
    transfer.response.status = status_of(line);
    transfer.head_ended = false;
    return count;
  }
  if (line.empty() && !std::exchange(transfer.head_ended, true)) return tell_head(transfer) ? count : 0;
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos)
    transfer.response.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return count;
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

std::string cause_of(CURL* easy, CURLcode code, TransportFault fault, const Transfer& transfer, const char* detail) {
  switch (fault) {
    case TransportFault::kRefused:
      return of_proxy(transfer.proxy, connect_cause(easy));
    case TransportFault::kBroken:
      return "the connection ended before the response did";
    case TransportFault::kResolve:
      return of_proxy(transfer.proxy, "the host name does not resolve");
    case TransportFault::kTooLarge:
      if (!transfer.head_ended) return "the response's header is too large";
      return fmt::format("the response is larger than {}", human_bytes(transfer.call.max_response_bytes));
    case TransportFault::kTimeout:
      return "timed out";
    case TransportFault::kCancelled:
      return "cancelled";
    default:
      const std::string said = *detail != '\0' ? detail : curl_easy_strerror(code);
      return is_no_http(code) ? fmt::format("what answers there does not speak HTTP ({})", to_lower(said)) : said;
  }
}

TransportFault fault_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault::kTimeout;
    case CURLE_COULDNT_CONNECT:
      return TransportFault::kRefused;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransportFault::kResolve;
    case CURLE_SEND_FAIL_REWIND:  // it wanted to send again what is sent once
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

List header_list(const HttpCall& call) {
  List list;
  const auto add = [&](const std::string& line) {
    curl_slist* const grown = curl_slist_append(list.get(), line.c_str());
    if (grown == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(grown);
  };
  for (const auto& [name, value] : call.headers) {
    if (!is_valid_field(name, value))
      throw TransportError(TransportFault::kOther, fmt::format("cannot reach {}: a header field is not one that HTTP "
                                                               "can carry",
                                                               shown(call.url)));
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");  // a server that ignores it would cost a second
  if (!header(call.headers, "Content-Type")) add("Content-Type:");
  return list;
}

/// Gives the body out once; libcurl could repeat one that it holds whole. A connection that has rested for long is left
/// alone: the peer may be closing it just now.
void set_body_to_send_once(CURL* easy, Transfer& transfer) {
  constexpr long kRestedTooLong = 2;  // seconds
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kRestedTooLong);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
  curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
}

void set_method(CURL* easy, Transfer& transfer) {
  const HttpCall& call = transfer.call;
  const bool has_body = !call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH";
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    if (call.send_once)
      set_body_to_send_once(easy, transfer);
    else
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.data());
  }
  if (call.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
}

/// libcurl knows where the distribution that built it keeps the system's CAs. On another one, Lambda's, SSL_CERT_FILE
/// says where they are: OpenSSL and the curl tool heed it, libcurl does not.
std::string ca_file_of(const HttpCall& call) {
  const char* system = std::getenv("SSL_CERT_FILE");
  return call.ca_file.empty() && system != nullptr ? system : call.ca_file;
}

void set_connection(CURL* easy, const HttpCall& call) {
  curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // a signed path must arrive as it was signed
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(call.http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // do not wait for a resolver that hangs
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  if (call.silence_limit > call.silence_limit.zero()) {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(call.silence_limit.count()));
  }
  // Debian's folder of CAs stays in force beside the file.
  if (const std::string file = ca_file_of(call); !file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, file.c_str());
}

/// Whatever libcurl would read from the environment is decided already.
void set_proxy(CURL* easy, const std::optional<Proxy>& proxy) {
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy->url().c_str() : "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // they are no answer of the server's
  if (!proxy || !proxy->has_login) return;
  curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy->user.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy->password.c_str());
}

/// Throws when it was the proxy that answered: with anything but 2xx to a CONNECT, or with 407 to a request that it was
/// to pass on.
void throw_proxy_refusal(CURL* easy, const Transfer& transfer, long status, const std::string& target) {
  long connect_status = 0, offered = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  curl_easy_getinfo(easy, CURLINFO_PROXYAUTH_AVAIL, &offered);
  const bool refused = connect_status >= 300;
  if (!refused && status != kProxyLogin) return;
  const bool basic = (static_cast<unsigned long>(offered) & CURLAUTH_BASIC) != 0;
  const ProxyRefusal refusal =
      explain_refusal(*transfer.proxy, static_cast<int>(refused ? connect_status : status), target, basic);
  throw TransportError(refusal.for_good ? TransportFault::kOther : TransportFault::kRefused,
                       fmt::format("cannot reach {}: {}", shown(transfer.call.url), refusal.cause), refusal.hint);
}

}  // namespace

/// A transfer runs on a multi handle of its own, because curl_easy_perform looks at a cancellation only once a second;
/// curl_multi_wakeup ends the wait at once, from any thread.
struct HttpClient::Impl {
  struct MultiDelete {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
  };
  struct EasyDelete {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  // The easy handle goes first, as libcurl wants.
  std::unique_ptr<CURLM, MultiDelete> multi;
  std::unique_ptr<CURL, EasyDelete> easy;

  CURLcode perform(const Transfer& transfer);
  CURLcode run(const Transfer& transfer);
};

CURLcode HttpClient::Impl::perform(const Transfer& transfer) {
  const std::stop_callback wake(transfer.call.cancel, [this] { curl_multi_wakeup(multi.get()); });
  curl_multi_add_handle(multi.get(), easy.get());
  const CURLcode code = run(transfer);
  curl_multi_remove_handle(multi.get(), easy.get());
  return code;
}

CURLcode HttpClient::Impl::run(const Transfer& transfer) {
  while (!transfer.call.cancel.stop_requested()) {
    int running = 0;
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) return message->data.result;
    const auto patience = patience_of(transfer);
    if (!patience) break;
    const int wait_ms = static_cast<int>(patience->count());
    if (curl_multi_poll(multi.get(), nullptr, 0, wait_ms, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {
  init_curl_once();
  impl_->multi.reset(curl_multi_init());
  impl_->easy.reset(curl_easy_init());
  if (!impl_->multi || !impl_->easy) throw std::bad_alloc();
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpResponse HttpClient::send(const HttpCall& call) {
  CURL* const easy = impl_->easy.get();
  curl_easy_reset(easy);  // options only: connections and names stay known
  const Url url = parse_url(call.url);
  Transfer transfer(call);
  transfer.proxy = proxy_for(url);
  char detail[CURL_ERROR_SIZE] = "";
  const List headers = header_list(call);
  set_connection(easy, call);
  set_proxy(easy, transfer.proxy);
  set_method(easy, transfer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  CURLcode code = impl_->perform(transfer);
  // libcurl takes a head that is cut short for a whole one, and the answer for one without a body.
  if (code == CURLE_OK && !transfer.head_ended) code = CURLE_RECV_ERROR;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (transfer.consumer_failure) std::rethrow_exception(transfer.consumer_failure);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.proxy) throw_proxy_refusal(easy, transfer, status, tunnel_target(url));
  if (code == CURLE_OK) {
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }
  TransportFault fault = fault_of(code);
  // libcurl says so of a header field above 100 KB.
  const bool long_field = code == CURLE_OUT_OF_MEMORY && !transfer.head_ended;
  if (transfer.too_large || long_field) fault = TransportFault::kTooLarge;
  if (transfer.stopped_by_consumer || call.cancel.stop_requested()) fault = TransportFault::kCancelled;
  throw TransportError(
      fault, fmt::format("cannot reach {}: {}", shown(call.url), cause_of(easy, code, fault, transfer, detail)),
      hint_of(fault, call));
}

}  // namespace wsdeep::net
