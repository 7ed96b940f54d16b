#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"

namespace wsdeep::net {

/// An HTTP proxy, or a SOCKS one, as an environment variable names it.
struct Proxy {
  std::string scheme;  ///< http, https, socks4, socks4a, socks5 or socks5h
  std::string host;    ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;
  std::string user;      ///< decoded; never shown
  std::string password;  ///< decoded; never shown
  bool has_login = false;
  std::string variable;  ///< the one that names it

  /// `host:port (HTTPS_PROXY)`: what messages call it.
  std::string name() const;
  /// `scheme://host:port`, without the login.
  std::string url() const;
};

/// The value of an environment variable; nothing for an unset one.
using Variables = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_variable(const char* name);

/// The proxy through which `url` is reached, or nothing: the one rule for every client of ours, explained in proxy.cpp.
/// Throws Error{kUsage} that names the variable whose value is not a proxy.
std::optional<Proxy> proxy_for(const Url& url, const Variables& variables = process_variable);

/// True for `localhost` and for the addresses that never leave this machine.
bool is_loopback(std::string_view host);

/// `host:port`, as CONNECT names whom the proxy shall reach.
std::string tunnel_target(const Url& url);

/// What a proxy's refusal of a CONNECT means.
struct ProxyRefusal {
  std::string cause;
  std::string hint;
  bool for_good = false;  ///< it would refuse again
};
/// `offers_basic`: it accepts a login as we send one.
ProxyRefusal explain_refusal(const Proxy& proxy, int status, const std::string& target, bool offers_basic);

}  // namespace wsdeep::net
