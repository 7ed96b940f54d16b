#include "net/server.h"

#include <fmt/format.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_session.h"

namespace wsdeep::net {
namespace {

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kFullPause{10};

std::string endpoint_text(const ServerOptions& options) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), options.address, options.port);
}

std::string hint_of(error_code failed, std::uint16_t port) {
  if (failed == asio::error::address_in_use)
    return fmt::format("another program listens there (see: ss -ltnp 'sport = :{}'); stop it or choose another port",
                       port);
  if (failed == asio::error::access_denied) return "ports below 1024 need more rights: choose a higher one";
  if (failed == boost::system::errc::address_not_available) return "choose an address of this machine";
  return {};
}

Error listen_fault(const ServerOptions& options, error_code failed) {
  return {ErrorKind::kFailure,
          fmt::format("cannot listen on {}: {}", endpoint_text(options), to_lower(failed.message())),
          hint_of(failed, options.port)};
}

std::shared_ptr<asio::ssl::context> server_context(const TlsFiles& files) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  const auto check = [](error_code failed, std::string_view what, const std::string& path) {
    if (failed)
      throw Error(ErrorKind::kFailure, fmt::format("cannot use {} {}: {}", what, path, to_lower(failed.message())));
  };
  error_code failed;
  context->use_certificate_chain_file(files.certificate_chain_file, failed);
  check(failed, "certificate", files.certificate_chain_file);
  context->use_private_key_file(files.private_key_file, asio::ssl::context::pem, failed);
  check(failed, "private key", files.private_key_file);
  return context;
}

}  // namespace

/// The listening socket. An accept is always under way; it holds the Impl, and ends when the server closes it.
struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Stream::Executor>;

  Impl(EventLoop::Impl& loop, const ServerOptions& options, Handler handler)
      : core(std::make_shared<ServerCore>(
            ServerCore{loop, options, std::make_shared<const Handler>(std::move(handler)), nullptr, {}})),
        acceptor(loop.context.get_executor()),
        pause(loop.context) {}

  void listen();
  void accept();
  void accept_after(std::chrono::milliseconds wait);
  bool is_full() const;
  void stop_accepting();
  void close();

  std::shared_ptr<ServerCore> core;
  Acceptor acceptor;
  asio::steady_timer pause;
};

void Server::Impl::listen() {
  const ServerOptions& options = core->options;
  error_code failed;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options.address, failed), options.port);
  if (failed)
    throw Error(ErrorKind::kFailure, fmt::format("cannot listen on {}: not an IP address", endpoint_text(options)));
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  if (acceptor.bind(endpoint, failed) || acceptor.listen(kBacklog, failed)) throw listen_fault(options, failed);
}

bool Server::Impl::is_full() const {
  const std::size_t most = core->options.max_connections;
  return most > 0 && core->sessions.size() >= most;
}

void Server::Impl::accept() {
  if (is_full()) return accept_after(kFullPause);
  acceptor.async_accept([self = shared_from_this()](error_code failed, Stream::Socket socket) {
    if (!self->acceptor.is_open()) return;
    if (!failed) {
      serve_connection(self->core, std::move(socket));
      return self->accept();
    }
    self->accept_after(kAcceptPause);  // out of descriptors, mostly
  });
}

/// The connections that are there get time to end.
void Server::Impl::accept_after(std::chrono::milliseconds wait) {
  pause.expires_after(wait);
  pause.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->acceptor.is_open()) self->accept();
  });
}

void Server::Impl::stop_accepting() {
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
}

void Server::Impl::close() {
  stop_accepting();
  drop_connections(*core);
}

Server::Server(EventLoop& loop, const ServerOptions& options, Handler handler)
    : impl_(std::make_shared<Impl>(loop.impl(), options, std::move(handler))) {
  if (options.tls) impl_->core->tls = server_context(*options.tls);
  impl_->listen();
  impl_->accept();
}

Server::~Server() {
  impl_->close();
  // Connections that are on their way out must not keep what the handler holds.
  impl_->core->handler = std::make_shared<const Handler>([](const auto&) {});
}

void Server::stop_accepting() {
  impl_->stop_accepting();
}

std::uint16_t Server::port() const {
  return impl_->acceptor.local_endpoint().port();
}

}  // namespace wsdeep::net
