#include "net/proxy_tunnel.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>

#include "base/encoding.h"
#include "base/text.h"
#include "base/version.h"

namespace wsdeep::net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string connect_request(const Proxy& proxy, const std::string& target) {
  std::string request =
      fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: wsdeep/{1}\r\n", target, version());
  if (proxy.has_login)
    request += fmt::format("Proxy-Authorization: Basic {}\r\n", base64(proxy.user + ":" + proxy.password));
  return request += "\r\n";
}

/// The exchange. Its operations hold it.
class Tunnel final : public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(Stream::Socket& socket, const Proxy& proxy, std::string target,
         std::function<void(std::optional<OpenFailure>)> done)
      : socket_(socket),
        proxy_(proxy),
        target_(std::move(target)),
        done_(std::move(done)),
        text_(connect_request(proxy, target_)) {}

  void start() {
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](error_code failed, std::size_t) {
      self->text_.clear();
      failed ? self->fail(failed) : self->read();
    });
  }

 private:
  using Parser = http::response_parser<http::empty_body>;

  void read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(text_, kMaxHead), kHeadEnd,
                           [self = shared_from_this()](error_code failed, std::size_t size) {
                             failed ? self->fail(failed) : self->judge(size);
                           });
  }

  void judge(std::size_t size) {
    Parser parser;
    parser.skip(true);
    error_code malformed;
    parser.put(asio::buffer(text_.data(), size), malformed);
    if (malformed || !parser.is_header_done()) return no_proxy();
    const int status = static_cast<int>(parser.get().result_int());
    text_.erase(0, size);
    if (status < 200) return read();  // an interim answer
    if (status >= 300) return refused(parser, status);
    // The target speaks only when it was spoken to, in TLS as in WebSocket's handshake.
    text_.empty() ? done_(std::nullopt) : no_proxy();
  }

  void refused(const Parser& parser, int status) {
    const auto offers = parser.get().equal_range(http::field::proxy_authenticate);
    const bool offers_basic = std::any_of(offers.first, offers.second, [](const auto& field) {
      return to_lower({field.value().data(), field.value().size()}).find("basic") != std::string::npos;
    });
    ProxyRefusal refusal = explain_refusal(proxy_, status, target_, offers_basic);
    done_(OpenFailure{0, {}, {}, std::move(refusal.cause), std::move(refusal.hint), refusal.for_good});
  }

  void fail(error_code failed) {
    if (failed == asio::error::not_found) return no_proxy();  // no end of a head within kMaxHead
    const bool hung_up = failed == asio::error::eof || failed == asio::error::connection_reset;
    done_(OpenFailure{
        0,
        {},
        {},
        fmt::format("the proxy {}{}", proxy_.name(), hung_up ? " hung up" : ": " + to_lower(failed.message()))});
  }

  void no_proxy() {
    done_(OpenFailure{0,
                      {},
                      {},
                      fmt::format("what answers at {} is not an HTTP proxy", proxy_.name()),
                      "check " + proxy_.variable,
                      true});
  }

  Stream::Socket& socket_;
  Proxy proxy_;
  std::string target_;
  std::function<void(std::optional<OpenFailure>)> done_;
  std::string text_;  // the request, then what came of the answer
};

}  // namespace

void open_tunnel(Stream::Socket& socket, const Proxy& proxy, std::string target,
                 std::function<void(std::optional<OpenFailure>)> done) {
  std::make_shared<Tunnel>(socket, proxy, std::move(target), std::move(done))->start();
}

}  // namespace wsdeep::net
