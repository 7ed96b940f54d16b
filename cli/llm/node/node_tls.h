#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace grpc {
class ServerCredentials;
}

namespace wsdeep::llm {

/// PEM files of a node.
struct TlsFiles {
  std::string certificate;  ///< with what leads to the authority; empty: plain text
  std::string key;
  std::string client_ca;  ///< of clients, which then have to show a certificate; empty: they need not
};

/// What a node shows, and asks of its clients. Its files may change while it serves, in any order and piece by piece:
/// new ones are shown from the next handshake on when they fit together, and until then the old ones are. (gRPC's
/// FileWatcherCertificateProvider does not look whether they do: it would show half of a file.) TLS 1.2 and newer, and
/// HTTP/2 alone, as gRPC has it.
class NodeTls {
 public:
  /// Throws Error{kUsage} for files that make no sense together, Error{kFailure} that names the file that cannot be
  /// used.
  NodeTls(TlsFiles files, SystemTime now);
  NodeTls(const NodeTls&) = delete;
  NodeTls& operator=(const NodeTls&) = delete;

  /// For servers that this outlives.
  std::shared_ptr<grpc::ServerCredentials> credentials();
  /// Reads the files; takes new ones, or logs why not. Once a day it logs that the certificate ends within two weeks.
  void look_again(SystemTime now);

 private:
  struct Pems {
    std::string certificate;
    std::string key;
    std::string client_ca;
    bool operator==(const Pems&) const = default;
  };
  struct Fetch;

  Pems read() const;
  void take(const Pems& pems);
  void note(const Pems& pems, const std::string& refused);
  void warn_of_the_end(SystemTime now);

  const TlsFiles files_;
  std::mutex mutex_;
  Pems shown_;
  bool fetched_ = false;  ///< gRPC has got what is shown
  Pems seen_;             ///< by the last look
  std::string refused_;   ///< why these are not taken; empty: they are
  bool told_ = true;
  SystemTime ends_;
  SystemTime warned_;
};

}  // namespace wsdeep::llm
