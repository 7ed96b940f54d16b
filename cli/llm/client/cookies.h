#pragma once

#include <map>
#include <string>
#include <string_view>

/// The cookies by which a load balancer recognises a chat's node (contract §2). Private to cli/llm.
namespace wsdeep::llm {

/// Takes `set-cookie` values from a peer that is not trusted: what is not printable, not a cookie or too long is left
/// out, because gRPC aborts the process on metadata that HTTP/2 forbids. Attributes are dropped; `Max-Age=0` or an
/// empty value removes the cookie.
class CookieJar {
 public:
  CookieJar() = default;
  /// Starts from a `cookie` header's value, `a=1; b=2`.
  explicit CookieJar(std::string_view header);

  void take(std::string_view set_cookie);
  /// `a=1; b=2`, or empty.
  std::string header() const;

 private:
  void put(std::string_view pair);

  std::map<std::string, std::string, std::less<>> cookies_;
};

}  // namespace wsdeep::llm
