#include "net/websocket_client.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "net/http_client.h"
#include "net/tls.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"

namespace wsdeep::net {
namespace {

using test::LoopThread;
using test::Mailbox;
using test::RawWebSocket;
using test::SilentListener;
using test::TestServer;
using namespace std::chrono_literals;

/// What a client's callbacks saw, as text, in order.
class Client {
 public:
  ~Client() {
    thread_.on_loop([this] { attempt_.cancel(); });
  }
  void open(const WebSocketTarget& target) {
    thread_.on_loop([&] {
      attempt_ = open_websocket(
          thread_.loop(), target,
          [this](std::shared_ptr<WebSocket> socket, const Headers& response) {
            socket_ = std::move(socket);
            response_ = response;
            said_.put("opened");
            return events();
          },
          [this](OpenFailure failure) {
            failure_ = std::move(failure);
            said_.put("failed");
          });
    });
  }
  /// The attempt's cause of failure.
  std::string failure(const WebSocketTarget& target) {
    open(target);
    const std::string said = said_.take();
    return said == "failed" ? failure_.cause : said;
  }
  void on_socket(const std::function<void(WebSocket&)>& work) {
    thread_.on_loop([&] { work(*socket_); });
  }
  void cancel() {
    thread_.on_loop([this] { attempt_.cancel(); });
  }
  std::string take() { return said_.take(); }
  bool quiet() { return said_.empty(); }
  const OpenFailure& failed() const { return failure_; }
  const Headers& response() const { return response_; }
  LoopThread& thread() { return thread_; }

 private:
  WebSocketEvents events() {
    WebSocketEvents events;
    events.on_message = [this](std::string message, bool binary) {
      said_.put((binary ? "binary " : "text ") + message);
    };
    events.on_heartbeat = [this] { said_.put("heartbeat"); };
    events.on_close = [this](std::uint16_t code, const std::string& reason, bool by_peer) {
      said_.put("closed " + std::to_string(code) + " '" + reason + "'" + (by_peer ? " by peer" : ""));
    };
    return events;
  }

  Mailbox<std::string> said_;
  std::shared_ptr<WebSocket> socket_;
  Headers response_;
  OpenFailure failure_;
  EventLoop::Subscription attempt_;
  LoopThread thread_;
};

/// RFC 6455 §4.2.2.
std::string websocket_accept(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  return base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

/// Accepts every handshake and echoes; closes on "close".
void echo(const std::shared_ptr<HttpExchange>& exchange) {
  exchange->accept({{"X-Answer", "yes"}}, {}, [](const std::shared_ptr<WebSocket>& socket) {
    WebSocketEvents events;
    events.on_message = [socket](std::string message, bool) {
      message == "close" ? socket->close(4000, "as told") : socket->send_text(std::move(message));
    };
    return events;
  });
}

WebSocketTarget target_of(std::uint16_t port, const std::string& rest = "/dev?token=secret") {
  WebSocketTarget target;
  target.url = "ws://127.0.0.1:" + std::to_string(port) + rest;
  return target;
}

TEST(WebSocketClient, TalksAndCloses) {
  TestServer server(echo);
  Client client;
  client.open(target_of(server.port()));
  EXPECT_EQ(client.take(), "opened");
  EXPECT_EQ(header(client.response(), "X-Answer"), "yes");
  client.on_socket([](WebSocket& socket) {
    socket.send_text("hello");
    socket.ping();
  });
  std::set<std::string> said{client.take(), client.take()};
  EXPECT_EQ(said, (std::set<std::string>{"text hello", "heartbeat"}));
  client.on_socket([](WebSocket& socket) { socket.close(1000, "done"); });
  EXPECT_EQ(client.take(), "closed 1000 ''");
}

TEST(WebSocketClient, ReportsTheServersClose) {
  TestServer server(echo);
  Client client;
  client.open(target_of(server.port()));
  client.take();
  client.on_socket([](WebSocket& socket) { socket.send_text("close"); });
  EXPECT_EQ(client.take(), "closed 4000 'as told' by peer");
}

TEST(WebSocketClient, SendsTheHeadersAndTheTargetAsGiven) {
  Mailbox<HttpRequest> seen;
  TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
    seen.put(exchange->request());
    echo(exchange);
  });
  Client client;
  WebSocketTarget target = target_of(server.port(), "/dev%2Fx?sessionId=1");
  target.headers = {{"Authorization", "Bearer t"}, {"Cookie", "a=1"}, {"Cookie", "b=2"}, {"User-Agent", "mine"}};
  client.open(target);
  EXPECT_EQ(client.take(), "opened");
  const HttpRequest request = seen.take();
  EXPECT_TRUE(request.wants_websocket);
  EXPECT_EQ(request.target, "/dev%2Fx?sessionId=1");
  EXPECT_EQ(header(request.headers, "Authorization"), "Bearer t");
  EXPECT_EQ(header(request.headers, "User-Agent"), "mine");
  EXPECT_EQ(header(request.headers, "Host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(header(request.headers, "Sec-WebSocket-Extensions"), std::nullopt);
  EXPECT_EQ(std::count_if(request.headers.begin(), request.headers.end(),
                          [](const auto& field) { return field.first == "Cookie"; }),
            2);
}

TEST(WebSocketClient, SendsLongMessagesInFramesThatTheGatewayTakes) {
  TestServer server(echo);
  Client client;
  client.open(target_of(server.port()));
  client.take();
  const std::string longest(128 * 1024, 'x');
  client.on_socket([&](WebSocket& socket) { socket.send_text(longest); });
  EXPECT_TRUE(client.take() == "text " + longest);
  client.on_socket([&](WebSocket& socket) { socket.send_text(longest + "x"); });
  EXPECT_EQ(client.take(), "closed 1009 '' by peer");
}

TEST(WebSocketClient, RefusesAMessageAboveItsLimit) {
  TestServer server(echo);
  Client client;
  WebSocketTarget target = target_of(server.port());
  target.max_message_bytes = 5;
  client.open(target);
  client.take();
  client.on_socket([](WebSocket& socket) {
    socket.send_text("12345");
    socket.send_text("123456");
  });
  EXPECT_EQ(client.take(), "text 12345");
  EXPECT_TRUE(client.take().starts_with("closed 1009 "));
}

TEST(WebSocketClient, HandsOverARefusedHandshake) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({401, {{"WWW-Authenticate", "Bearer"}}, R"({"message":"Unauthorized"})"});
  });
  Client client;
  EXPECT_EQ(client.failure(target_of(server.port())),
            "cannot open ws://127.0.0.1:" + std::to_string(server.port()) + "/dev: the server refused the WebSocket");
  EXPECT_EQ(client.failed().status, 401);
  EXPECT_EQ(header(client.failed().headers, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(client.failed().body, R"({"message":"Unauthorized"})");
}

TEST(WebSocketClient, KeepsTheBeginningOfALongRefusal) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({502, {{"X-Long", std::string(3000, 'h')}}, std::string(5'000'000, 'x')});
  });
  Client client;
  client.failure(target_of(server.port()));
  EXPECT_EQ(client.failed().status, 502);
  EXPECT_EQ(client.failed().body, std::string(64 * 1024, 'x'));
}

TEST(WebSocketClient, TellsTheStatusOfARefusalThatNeverEnds) {
  SilentListener listener;
  Client client;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf");
    connection.read_to_end();
  });
  WebSocketTarget target = target_of(listener.port());
  target.timeout = 200ms;
  EXPECT_TRUE(client.failure(target).ends_with("timed out"));
  peer.join();
  EXPECT_EQ(client.failed().status, 503);
  EXPECT_EQ(client.failed().body, "half");
}

TEST(WebSocketClient, ReadsFramesThatComeTogetherWithALongResponse) {
  SilentListener listener;
  Client client;
  const std::string message(1000, 'm');
  std::thread peer([&] {
    auto connection = listener.accept();
    const std::string request = connection.read_until("\r\n\r\n");
    const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
    std::string burst = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX-Long: " +
                        std::string(2000, 'h') + "\r\nSec-WebSocket-Accept: " +
                        websocket_accept(request.substr(key, request.find("\r\n", key) - key)) + "\r\n\r\n";
    for (int i = 0; i < 20; ++i) burst += std::string("\x81\x7E\x03\xE8", 4) + message;
    connection.send(burst);
  });
  client.open(target_of(listener.port()));
  EXPECT_EQ(client.take(), "opened");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.take(), "text " + message);
  EXPECT_EQ(client.take(), "closed 1006 '' by peer");
  peer.join();
}

TEST(WebSocketClient, DoesNotBelieveAWrongAccept) {
  SilentListener listener;
  Client client;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
    connection.read_to_end();
  });
  EXPECT_TRUE(client.failure(target_of(listener.port())).ends_with("is not a valid WebSocket handshake"));
  EXPECT_EQ(client.failed().status, 0);
  peer.join();
}

TEST(WebSocketClient, GivesUpOnAServerThatSaysNothing) {
  const SilentListener listener;
  for (const char* scheme : {"ws", "wss"}) {
    Client client;
    WebSocketTarget target;
    target.url = scheme + std::string("://127.0.0.1:") + std::to_string(listener.port()) + "/?token=secret";
    target.timeout = 100ms;
    EXPECT_EQ(client.failure(target), "cannot open " + target.url.substr(0, target.url.find('?')) + ": timed out");
    EXPECT_EQ(client.failed().status, 0);
  }
}

TEST(WebSocketClient, TellsWhyItCannotConnect) {
  std::uint16_t port = 0;
  { port = SilentListener().port(); }
  Client client;
  EXPECT_TRUE(client.failure(target_of(port)).ends_with("/dev: connection refused"));
  WebSocketTarget nowhere;
  nowhere.url = "ws://nowhere.invalid/";
  EXPECT_EQ(client.failure(nowhere), "cannot open ws://nowhere.invalid/: the host name does not resolve");
}

TEST(WebSocketClient, TellsAServerThatHangsUp) {
  SilentListener listener;
  Client client;
  std::thread peer([&] { listener.accept().read_until("\r\n\r\n"); });
  EXPECT_EQ(client.failure(target_of(listener.port(), "/")),
            "cannot open ws://127.0.0.1:" + std::to_string(listener.port()) + "/: the server hung up");
  peer.join();
}

TEST(WebSocketClient, CallsNothingOnceItsAttemptIsCancelled) {
  SilentListener listener;
  Client client;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    client.cancel();
    EXPECT_EQ(connection.read_to_end(), "") << "the connection was closed";
  });
  client.open(target_of(listener.port()));
  peer.join();
  EXPECT_TRUE(client.quiet());
}

TEST(WebSocketClient, StaysOpenWhenTheAttemptIsLetGoAfterwards) {
  TestServer server(echo);
  Client client;
  client.open(target_of(server.port()));
  EXPECT_EQ(client.take(), "opened");
  client.cancel();
  client.on_socket([](WebSocket& socket) { socket.send_text("still here"); });
  EXPECT_EQ(client.take(), "text still here");
}

TEST(WebSocketClient, RefusesOtherSchemesAndBrokenHeaders) {
  Client client;
  WebSocketTarget target = target_of(1);
  target.headers = {{"Cookie", "a\r\nX: y"}};
  EXPECT_THROW(client.open(target), Error);
  target.url = "http://127.0.0.1/";
  EXPECT_THROW(client.open(target), Error);
}

TEST(WebSocketClient, OpensManyAtOnce) {
  TestServer server(echo);
  Mailbox<std::string> said;
  LoopThread thread;
  std::vector<EventLoop::Subscription> attempts;
  thread.on_loop([&] {
    for (int i = 0; i < 200; ++i)
      attempts.push_back(open_websocket(
          thread.loop(), target_of(server.port()),
          [&, i](const std::shared_ptr<WebSocket>& socket, const Headers&) {
            socket->send_text(std::to_string(i));
            WebSocketEvents events;
            events.on_message = [&, socket](std::string message, bool) { said.put(std::move(message)); };
            return events;
          },
          [&](const OpenFailure& failure) { said.put(failure.cause); }));
  });
  std::set<std::string> all;
  for (int i = 0; i < 200; ++i) all.insert(said.take());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(all.count(std::to_string(i)), 1u) << i;
  thread.on_loop([&] { attempts.clear(); });
}

// ---- TLS -----------------------------------------------------------------------------------------------------------

/// A CA and a certificate for localhost and 127.0.0.1, as files.
class WebSocketClientTls : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    write("ca.pem", authority_.certificate_pem);
    write("other-ca.pem", make_certificate_authority("somebody else").certificate_pem);
    serve(make_server_certificate(authority_, {"localhost", "127.0.0.1"}));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void serve(const CertificateAndKey& certificate) {
    write("server.pem", certificate.certificate_pem);
    write("server.key", certificate.key_pem);
    ServerOptions options;
    options.tls = TlsFiles{folder_ / "server.pem", folder_ / "server.key"};
    server_ = std::make_unique<TestServer>(echo_or_answer, options);
  }
  static void echo_or_answer(const std::shared_ptr<HttpExchange>& exchange) {
    if (exchange->request().wants_websocket) return echo(exchange);
    exchange->respond({200, {}, exchange->request().secure ? exchange->request().body : "plain"});
  }
  WebSocketTarget target(const std::string& host, const std::string& ca_file) {
    WebSocketTarget target;
    target.url = "wss://" + host + ":" + std::to_string(server_->port()) + "/";
    target.ca_file = folder_ / ca_file;
    return target;
  }
  std::string failure(const std::string& host, const std::string& ca_file) {
    const std::string text = client_.failure(target(host, ca_file));
    return text.substr(text.rfind("/: ") + 3);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("wsdeep-tls-" + random_uuid());
  CertificateAndKey authority_ = make_certificate_authority("wsdeep test");
  std::unique_ptr<TestServer> server_;
  Client client_;
};

TEST_F(WebSocketClientTls, TalksToAServerWithTheRightCertificate) {
  for (const char* host : {"localhost", "127.0.0.1"}) {
    client_.open(target(host, "ca.pem"));
    ASSERT_EQ(client_.take(), "opened");
    const std::string message(100'000, 'x');
    client_.on_socket([&](WebSocket& socket) {
      socket.send_text(message);
      socket.send_text("short");
    });
    EXPECT_TRUE(client_.take() == "text " + message);
    EXPECT_EQ(client_.take(), "text short");
    client_.on_socket([](WebSocket& socket) { socket.close(1000, {}); });
    EXPECT_EQ(client_.take(), "closed 1000 ''");
  }
}

TEST_F(WebSocketClientTls, TellsWhatIsWrongWithACertificate) {
  EXPECT_EQ(failure("localhost", "other-ca.pem"), "the server's certificate is signed by an unknown CA");
  serve(make_server_certificate(authority_, {"example.com", "127.0.0.2"}));
  EXPECT_EQ(failure("localhost", "ca.pem"), "the server's certificate is not for 'localhost'");
  EXPECT_EQ(failure("127.0.0.1", "ca.pem"), "the server's certificate is not for '127.0.0.1'");
}

/// `certificate` signed again by `authority`, ended an hour ago.
std::string expired(const CertificateAndKey& certificate, const CertificateAndKey& authority) {
  const auto reader = [](const std::string& pem) { return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())); };
  BIO* const certificate_text = reader(certificate.certificate_pem);
  BIO* const key_text = reader(authority.key_pem);
  X509* const old = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  X509_gmtime_adj(X509_getm_notBefore(old), -7200);
  X509_gmtime_adj(X509_getm_notAfter(old), -3600);
  X509_sign(old, key, EVP_sha256());
  BIO* const out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, old);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  for (BIO* const bio : {certificate_text, key_text, out}) BIO_free(bio);
  X509_free(old);
  EVP_PKEY_free(key);
  return pem;
}

TEST_F(WebSocketClientTls, TellsAnExpiredCertificate) {
  CertificateAndKey certificate = make_server_certificate(authority_, {"localhost"});
  certificate.certificate_pem = expired(certificate, authority_);
  serve(certificate);
  EXPECT_EQ(failure("localhost", "ca.pem"), "the server's certificate has expired");
}

TEST_F(WebSocketClientTls, NamesACaFileThatIsNone) {
  write("broken.pem", "not PEM");
  EXPECT_NE(client_.failure(target("localhost", "broken.pem")).find("broken.pem"), std::string::npos);
  EXPECT_NE(client_.failure(target("localhost", "missing.pem")).find("missing.pem"), std::string::npos);
}

TEST_F(WebSocketClientTls, TellsAServerWithoutTls) {
  const TestServer plain(echo);
  WebSocketTarget to_plain;
  to_plain.url = "wss://localhost:" + std::to_string(plain.port()) + "/";
  EXPECT_NE(client_.failure(to_plain).find("TLS"), std::string::npos);
}

TEST_F(WebSocketClientTls, ServesHttpToo) {
  HttpClient http;
  HttpCall call;
  call.method = "POST";
  call.url = "https://localhost:" + std::to_string(server_->port()) + "/";
  call.ca_file = folder_ / "ca.pem";
  call.body = std::string(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) EXPECT_EQ(http.send(call).body, call.body);
  call.ca_file = folder_ / "other-ca.pem";
  try {
    HttpClient().send(call);
    FAIL() << "trusted a stranger";
  } catch (const TransportError& error) {
    EXPECT_EQ(error.fault(), TransportFault::kTls);
    EXPECT_NE(error.hint().find("other-ca.pem"), std::string::npos);
  }
}

TEST_F(WebSocketClientTls, RefusesUnusableServerFiles) {
  EventLoop loop;
  ServerOptions options;
  options.tls = TlsFiles{folder_ / "server.pem", folder_ / "missing.key"};
  try {
    const Server server(loop, options, echo);
    FAIL() << "listens without a key";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("missing.key"), std::string::npos);
  }
}

}  // namespace
}  // namespace wsdeep::net
