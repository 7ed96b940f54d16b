#pragma once

#include <memory>

#include "net/http_call.h"

namespace wsdeep::net {

/// An HTTP client (libcurl) that keeps its connections alive. For one thread at a time.
/// No redirects, no cookies, no signal handlers; proxies by the rule of net/proxy.h.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Any status is a response; throws TransportError (URL without its query, cause) when none came.
  HttpResponse send(const HttpCall& call);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net
