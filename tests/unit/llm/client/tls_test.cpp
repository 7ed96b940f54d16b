#include "net/tls.h"

#include <gtest/gtest.h>

#include <fstream>

#include "llm/client/client.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"
#include "support/llm_stream_log.h"
#include "support/temporary_folder.h"

namespace wsdeep::llm {
namespace {

using testing::kPatience;

/// A node with a certificate for 127.0.0.1, and files of its CA and of one that it does not know.
class LlmTls : public ::testing::Test {
 protected:
  LlmTls() {
    const auto ca = net::make_certificate_authority("test CA");
    const auto server = net::make_server_certificate(ca, {"127.0.0.1"});
    NodeOptions options;
    options.tls.certificate = write("server.pem", server.certificate_pem);
    options.tls.key = write("server.key", server.key_pem);
    ca_file_ = write("ca.pem", ca.certificate_pem);
    other_ca_file_ = write("other.pem", net::make_certificate_authority("other CA").certificate_pem);
    node_ = std::make_unique<Node>(options, make_sim_engine({}));
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }
  ClientTarget target(const std::string& scheme, const std::string& ca_file) const {
    return {scheme + "://127.0.0.1:" + std::to_string(node_->port()), ca_file, std::chrono::seconds(5)};
  }

  testing::TemporaryFolder folder_;
  std::string ca_file_;
  std::string other_ca_file_;
  std::unique_ptr<Node> node_;
};

TEST_F(LlmTls, ServesAClientThatTrustsItsCa) {
  EXPECT_EQ(Client(target("grpcs", ca_file_)).health(kPatience).status, "healthy");
}

TEST_F(LlmTls, IsNotTrustedByAClientOfAnotherCa) {
  EXPECT_THROW(Client(target("grpcs", other_ca_file_)).health(kPatience), Error);
}

TEST_F(LlmTls, IsNotTrustedBySystemRoots) {
  EXPECT_THROW(Client(target("grpcs", "")).health(kPatience), Error);
}

TEST_F(LlmTls, DoesNotServePlainText) {
  EXPECT_THROW(Client(target("grpc", "")).health(kPatience), Error);
}

}  // namespace
}  // namespace wsdeep::llm
