#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "aws/connections_api.h"
#include "aws/sigv4.h"
#include "net/http_streams.h"

/// Messages to many connections. Private to this folder.
namespace wsdeep::aws {

/// Posts to each of them once, a bounded number at a time. What one says, or does not say, keeps it from no other.
class ConnectionPosts {
 public:
  struct Messages {
    std::string url;                ///< `https://DOMAIN/STAGE/%40connections/`, to which the id is added
    std::vector<PostedText> texts;  ///< one for all, or one for each in their order
    Credentials credentials;
    SigningScope scope;
    const ClientOptions& options;
    const Clock& clock;
    CallContext context;
  };

  ConnectionPosts(net::HttpStreams& streams, const Messages& messages, std::vector<PostResult>& results)
      : streams_(streams), messages_(messages), results_(results) {}

  /// Posts to `ids`, those of `results` at the places `which`, and waits for all of them.
  void run(const std::vector<std::string>& ids, const std::vector<std::size_t>& which);

 private:
  void start_next();
  void start(std::size_t place);
  void end(std::size_t place, const net::HttpResponse& response, const net::TransportError* error);

  net::HttpStreams& streams_;
  const Messages& messages_;
  std::vector<PostResult>& results_;
  const std::vector<std::string>* ids_ = nullptr;
  const std::vector<std::size_t>* which_ = nullptr;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t next_ = 0;
  std::size_t open_ = 0;
};

}  // namespace wsdeep::aws
