#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/random.h"
#include "net/http_client.h"
#include "net/tls.h"
#include "net/websocket_client.h"
#include "support/server_fixture.h"
#include "support/websocket_probe.h"

namespace wsdeep::net {
namespace {

using test::echo_messages;
using test::TestServer;
using test::WebSocketProbe;

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
    if (exchange->request().wants_websocket) return echo_messages(exchange);
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
  WebSocketProbe client_;
};

TEST_F(WebSocketClientTls, TalksToAServerWithTheRightCertificate) {
  for (const char* host : {"localhost", "127.0.0.1"}) {
    client_.open(target(host, "ca.pem"));
    ASSERT_EQ(client_.take(), "opened");
    ASSERT_TRUE(client_.times().secured);
    EXPECT_GE(*client_.times().secured, *client_.times().connected);
    EXPECT_LE(*client_.times().secured, *client_.times().upgraded);
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
  const TestServer plain(echo_messages);
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
    const Server server(loop, options, echo_messages);
    FAIL() << "listens without a key";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("missing.key"), std::string::npos);
  }
}

}  // namespace
}  // namespace wsdeep::net
