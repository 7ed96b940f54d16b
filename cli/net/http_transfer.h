#pragma once

#include <curl/curl.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "base/url.h"
#include "net/http_call.h"
#include "net/proxy.h"

/// What our clients of HTTP share: how a call becomes a transfer of libcurl's, and a transfer's end a response or an
/// error. Private to cli/net.
namespace wsdeep::net {

void init_curl_once();

struct CurlListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct CurlMultiDelete {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct CurlEasyDelete {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlMulti = std::unique_ptr<CURLM, CurlMultiDelete>;
using CurlEasy = std::unique_ptr<CURL, CurlEasyDelete>;

/// One call in the making: what the callbacks of libcurl read from and write to. `call` must outlive it, and it the
/// transfer of its handle.
class HttpTransfer {
 public:
  /// Gives the handle all its options. Throws when the call cannot be sent.
  HttpTransfer(CURL* easy, const HttpCall& call);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;
  ~HttpTransfer();

  /// The response, or TransportError. What a consumer threw is thrown again.
  HttpResponse conclude(CURLcode code);
  /// Until when the rest of a body may come that nobody hears any more; nothing as long as somebody does.
  std::optional<std::chrono::steady_clock::time_point> drain_until() const;

 private:
  static int on_request(void* context, char*, char*, int, int);
  static std::size_t on_body(char* data, std::size_t, std::size_t count, void* context);
  static std::size_t on_header(char* data, std::size_t, std::size_t count, void* context);
  bool consume(std::string_view piece);
  bool keep(std::string_view piece);
  bool take_header(std::string_view line);
  bool tell_head();
  void set_headers();
  void set_connection();
  void set_proxy();
  void set_method();
  void set_to_send_once();
  void set_callbacks();
  void throw_proxy_refusal(long status) const;
  TransportFault fault_of(CURLcode code) const;
  std::string cause_of(CURLcode code, TransportFault fault) const;
  std::string time_out() const;

  CURL* const easy_;
  const HttpCall& call_;
  const Url url_;
  const std::optional<Proxy> proxy_;
  std::unique_ptr<curl_slist, CurlListDelete> headers_;
  std::string detail_ = std::string(CURL_ERROR_SIZE, '\0');
  bool has_begun_ = false;     ///< a call that is sent once
  bool would_repeat_ = false;  ///< and was about to be sent again
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool head_ended_ = false;  ///< by its empty line
  bool too_large_ = false;
  bool stopped_by_consumer_ = false;
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();  ///< from the peer, at last
  std::chrono::steady_clock::time_point drain_until_{};                             ///< once stopped
  std::exception_ptr consumer_failure_;  // must not pass through libcurl's frames
};

}  // namespace wsdeep::net
