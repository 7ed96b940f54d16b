#include "net/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

// Which proxy a URL is reached through, by libcurl's rules (its everything.curl.dev page and CURLOPT_NOPROXY), for HTTP
// and WebSocket alike. libcurl itself is told the outcome, so that there is no second opinion.
//
//   1. A loopback address is reached directly: the local system must work on a machine with a proxy (ours, not curl's).
//   2. `no_proxy`, or `NO_PROXY` when that is unset: a list, by commas or blanks. `*` alone is everybody. A name is met
//      by itself and by what ends in a dot and it; a leading dot and a trailing one do not count. An address is met by
//      itself, or by `address/bits`. `name:port` holds for that port only (this too is ours; to curl it meets nobody).
//   3. The scheme's variable: https and wss ask `https_proxy`, `HTTPS_PROXY`; http and ws ask `http_proxy`, never
//      `HTTP_PROXY`, which a CGI's client may set. Before that ws and wss ask `ws_proxy`, `wss_proxy`, `WSS_PROXY`.
//   4. `all_proxy`, `ALL_PROXY`.
//
// Of lower and upper case the lower case wins, and what is empty is unset. A value without a scheme is http, one
// without a port means 1080, https 443.

namespace wsdeep::net {
namespace {

namespace ip = boost::asio::ip;

constexpr std::uint16_t kDefaultPort = 1080;
constexpr std::uint16_t kDefaultTlsPort = 443;
constexpr int kLoginWanted = 407;
constexpr int kLoginWrong = 401;  // tinyproxy's for a login that it does not know
constexpr std::array<std::string_view, 6> kSchemes{"http", "https", "socks4", "socks4a", "socks5", "socks5h"};

struct Setting {
  const char* variable;
  std::string value;
};

std::optional<Setting> first_set(const Variables& variables, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = variables(name); value && !value->empty()) return Setting{name, std::move(*value)};
  return std::nullopt;
}

std::optional<Setting> proxy_setting(const std::string& scheme, const Variables& variables) {
  if (scheme == "http") return first_set(variables, {"http_proxy", "all_proxy", "ALL_PROXY"});
  if (scheme == "https") return first_set(variables, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  if (scheme == "ws") return first_set(variables, {"ws_proxy", "http_proxy", "all_proxy", "ALL_PROXY"});
  if (scheme == "wss")
    return first_set(variables, {"wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  return std::nullopt;
}

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code failed;
  const ip::address address = ip::make_address(std::string(text), failed);
  return failed ? std::nullopt : std::optional(address);
}

template <typename Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, std::size_t bits) {
  for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
    const std::size_t counted = std::min<std::size_t>(bits, 8);
    if ((static_cast<unsigned>(a[i] ^ b[i]) >> (8 - counted)) != 0) return false;
    bits -= counted;
  }
  return true;
}

/// `entry` is an address, or `address/bits`; as with curl, no bits at all means every bit.
bool covers(std::string_view entry, const ip::address& address) {
  const std::size_t slash = entry.find('/');
  const auto network = address_of(entry.substr(0, slash));
  if (!network || network->is_v4() != address.is_v4()) return false;
  const std::int64_t all = address.is_v4() ? 32 : 128;
  const auto bits = slash == std::string_view::npos ? all : parse_integer(entry.substr(slash + 1), 0, all);
  if (!bits) return false;
  const auto count = static_cast<std::size_t>(*bits == 0 ? all : *bits);
  return address.is_v4() ? same_prefix(network->to_v4().to_bytes(), address.to_v4().to_bytes(), count)
                         : same_prefix(network->to_v6().to_bytes(), address.to_v6().to_bytes(), count);
}

std::string_view without_dot_behind(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool ends_in(std::string_view name, std::string_view domain) {
  domain = without_dot_behind(domain);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  name = without_dot_behind(name);
  if (domain.empty() || domain.size() > name.size()) return false;
  const std::size_t start = name.size() - domain.size();
  return iequals(name.substr(start), domain) && (start == 0 || name[start - 1] == '.');
}

bool meets_host(std::string_view entry, const std::string& host) {
  const auto address = address_of(host);
  return address ? covers(entry, *address) : ends_in(host, entry);
}

/// `name:8080`, `10.0.0.1:8080`, `[::1]:8080`: the entry without its port, when that is the URL's; else the entry.
std::string_view without_port(std::string_view entry, std::uint16_t port) {
  const std::size_t colon = entry.rfind(':');
  const bool literal = entry.starts_with('[');
  if (colon == std::string_view::npos || (!literal && entry.find(':') != colon)) return entry;
  if (literal && (colon == 0 || entry[colon - 1] != ']')) return entry;
  if (parse_port(entry.substr(colon + 1)) != port) return entry;
  return literal ? entry.substr(1, colon - 2) : entry.substr(0, colon);
}

bool is_exempt(const Url& url, std::string_view list) {
  if (list == "*") return true;
  constexpr std::string_view kSeparators = ", \t";
  for (std::size_t at = list.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const std::size_t end = std::min(list.find_first_of(kSeparators, at), list.size());
    if (meets_host(without_port(list.substr(at, end - at), url.port), url.host)) return true;
    at = list.find_first_not_of(kSeparators, end);
  }
  return false;
}

class Reader {
 public:
  explicit Reader(const Setting& setting) : setting_(setting) {}

  Proxy read() const {
    std::string_view rest = trim(setting_.value);
    Proxy proxy;
    proxy.variable = setting_.variable;
    proxy.scheme = take_scheme(rest);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
      set_login(proxy, rest.substr(0, at));
      rest.remove_prefix(at + 1);
    }
    set_address(proxy, rest);
    return proxy;
  }

 private:
  Error fault(std::string_view cause) const {
    return {ErrorKind::kUsage, fmt::format("{} does not name a proxy: {}", setting_.variable, cause),
            "such as http://proxy.example.com:3128, or http://USER:PASSWORD@proxy.example.com:3128"};
  }

  std::string take_scheme(std::string_view& rest) const {
    const std::size_t end = rest.find("://");
    if (end == std::string_view::npos) return "http";
    std::string scheme = to_lower(rest.substr(0, end));
    if (scheme == "socks") scheme = "socks4";  // as curl has it
    if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end())
      throw fault(fmt::format("no proxy speaks '{}'", json_escape(scheme)));
    rest.remove_prefix(end + 3);
    return scheme;
  }

  void set_login(Proxy& proxy, std::string_view login) const {
    const std::size_t colon = login.find(':');
    const auto user = percent_decode(login.substr(0, colon));
    const auto password = colon == std::string_view::npos ? std::string() : percent_decode(login.substr(colon + 1));
    if (!user || !password) throw fault("its user or password has a '%' that must be written as %25");
    proxy.user = *user;
    proxy.password = *password;
    proxy.has_login = true;
  }

  void set_address(Proxy& proxy, std::string_view text) const {
    const bool literal = text.starts_with('[');
    const std::size_t end = literal ? std::min(text.find(']'), text.size()) : std::min(text.find(':'), text.size());
    const std::string_view rest = text.substr(std::min(end + (literal ? 1 : 0), text.size()));
    proxy.host = std::string(literal ? text.substr(1, end - 1) : text.substr(0, end));
    if (proxy.host.empty()) throw fault("it has no host");
    if (std::any_of(proxy.host.begin(), proxy.host.end(), [](char c) { return c <= ' ' || c == 0x7F; }))
      throw fault("its host has a blank or a control character");
    proxy.port = proxy.scheme == "https" ? kDefaultTlsPort : kDefaultPort;
    if (rest.empty() || rest == ":") return;
    const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) throw fault("its port is not a number from 1 to 65535");
    proxy.port = *port;
  }

  const Setting& setting_;
};

std::string login_hint(const Proxy& proxy) {
  return fmt::format("put both into {}: http://USER:PASSWORD@{}:{}", proxy.variable, bracketed(proxy.host), proxy.port);
}

ProxyRefusal explain_login(const Proxy& proxy, int status, bool offers_basic) {
  if (status == kLoginWanted && !offers_basic)
    return {fmt::format("the proxy {} asks for a login of a kind that we do not speak (407)", proxy.name()),
            "only Basic is spoken: a proxy on this machine, such as cntlm, can speak NTLM or Kerberos for us", true};
  if (proxy.has_login)
    return {fmt::format("the proxy {} does not accept its user and password ({})", proxy.name(), status),
            "in " + proxy.variable + ", characters such as @ : / % are written as %40 %3A %2F %25", true};
  return {fmt::format("the proxy {} asks for user and password ({})", proxy.name(), status), login_hint(proxy), true};
}

}  // namespace

std::string Proxy::name() const {
  return fmt::format("{}:{} ({})", bracketed(host), port, variable);
}

std::string Proxy::url() const {
  return fmt::format("{}://{}:{}", scheme, bracketed(host), port);
}

std::optional<std::string> process_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<Proxy> proxy_for(const Url& url, const Variables& variables) {
  if (is_loopback(url.host)) return std::nullopt;
  if (const auto exempt = first_set(variables, {"no_proxy", "NO_PROXY"}); exempt && is_exempt(url, exempt->value))
    return std::nullopt;
  const auto setting = proxy_setting(url.scheme, variables);
  return setting ? std::optional(Reader(*setting).read()) : std::nullopt;
}

bool is_loopback(std::string_view host) {
  host = without_dot_behind(host);
  if (const auto address = address_of(host)) {
    const bool mapped = address->is_v6() && address->to_v6().is_v4_mapped();
    return mapped ? ip::make_address_v4(ip::v4_mapped, address->to_v6()).is_loopback() : address->is_loopback();
  }
  return iequals(host, "localhost") || (host.size() > 10 && iequals(host.substr(host.size() - 10), ".localhost"));
}

std::string tunnel_target(const Url& url) {
  return fmt::format("{}:{}", bracketed(url.host), url.port);
}

ProxyRefusal explain_refusal(const Proxy& proxy, int status, const std::string& target, bool offers_basic) {
  if (status == kLoginWanted || status == kLoginWrong) return explain_login(proxy, status, offers_basic);
  if (status == 502 || status == 503 || status == 504)
    return {fmt::format("the proxy {} does not reach {} ({})", proxy.name(), target, status), "", false};
  if (status >= 500) return {fmt::format("the proxy {} failed ({})", proxy.name(), status), "", false};
  if (status == 400 || status == 404 || status == 405 || status == 501)
    return {fmt::format("the proxy {} knows no CONNECT ({})", proxy.name(), status),
            fmt::format("is it an HTTP proxy? If {} needs none, name it in NO_PROXY", target), true};
  return {fmt::format("the proxy {} refuses to connect to {} ({})", proxy.name(), target, status),
          fmt::format("ask its owner to allow it, or, if {} needs no proxy, name it in NO_PROXY", target), true};
}

}  // namespace wsdeep::net
