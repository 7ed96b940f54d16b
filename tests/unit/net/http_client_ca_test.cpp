#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "net/http_client.h"
#include "net/tls.h"
#include "support/server_fixture.h"

namespace wsdeep::net {
namespace {

/// A server whose CA no system knows, and SSL_CERT_FILE as a test wants it.
class HttpClientSystemCa : public ::testing::Test {
 protected:
  HttpClientSystemCa() {
    std::filesystem::create_directories(folder_);
    const CertificateAndKey authority = make_certificate_authority("wsdeep test");
    const CertificateAndKey certificate = make_server_certificate(authority, {"localhost"});
    write("ca.pem", authority.certificate_pem);
    write("other-ca.pem", make_certificate_authority("somebody else").certificate_pem);
    write("server.pem", certificate.certificate_pem);
    write("server.key", certificate.key_pem);
    ServerOptions options;
    options.tls = TlsFiles{folder_ / "server.pem", folder_ / "server.key"};
    server_ = std::make_unique<test::TestServer>(
        [](const std::shared_ptr<HttpExchange>& exchange) {
          exchange->respond({200, {}, "trusted"});
        },
        options);
    call_.url = "https://localhost:" + std::to_string(server_->port()) + "/";
  }
  ~HttpClientSystemCa() override {
    unsetenv("SSL_CERT_FILE");
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  void set_system_file(const std::string& name) { setenv("SSL_CERT_FILE", (folder_ / name).c_str(), 1); }
  std::string answer() {
    try {
      return HttpClient().send(call_).body;
    } catch (const TransportError& error) {
      return error.fault() == TransportFault::kTls ? "not trusted" : error.what();
    }
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("wsdeep-ca-" + random_uuid());
  std::unique_ptr<test::TestServer> server_;
  HttpCall call_;
};

TEST_F(HttpClientSystemCa, DoesNotTrustWhatTheSystemDoesNot) {
  EXPECT_EQ(answer(), "not trusted");
}

TEST_F(HttpClientSystemCa, IsTheFileThatTheEnvironmentNames) {
  set_system_file("ca.pem");
  EXPECT_EQ(answer(), "trusted");
  set_system_file("other-ca.pem");
  EXPECT_EQ(answer(), "not trusted");
}

TEST_F(HttpClientSystemCa, GivesWayToTheFileOfTheCall) {
  set_system_file("other-ca.pem");
  call_.ca_file = folder_ / "ca.pem";
  EXPECT_EQ(answer(), "trusted");
}

}  // namespace
}  // namespace wsdeep::net
