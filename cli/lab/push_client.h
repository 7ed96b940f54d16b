#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.h"

namespace wsdeep::lab {

struct PushOptions {
  std::function<std::string()> secret;  ///< gives what signs a push; null: none is signed
  std::string ca_file;                  ///< PEM to trust besides the system's
  std::vector<std::string> origins;     ///< such as https://abc.execute-api…: only there; empty: anywhere
  std::chrono::milliseconds timeout{3000};
  std::chrono::milliseconds patience{15'000};  ///< with all that is tried again
};

enum class PushOutcome {
  kDelivered,
  kGone,     ///< the client is: its connection does not exist any more, or was never the backend's
  kRefused,  ///< the frame, or we, are: trying again would not help
  kFailed,   ///< nobody took it for as long as our patience lasts
};

/// Sends frames to clients by the service's endpoint for it (`POST /push/{connectionId}`), whose URL comes with each of
/// their messages. On a loop, which it does not hold up.
class PushClient {
 public:
  PushClient(net::EventLoop& loop, PushOptions options);
  /// What is under way is dropped, and its `done` not called.
  ~PushClient();
  PushClient(const PushClient&) = delete;
  PushClient& operator=(const PushClient&) = delete;

  /// http or https, at one of the origins, with a path that ends with `/push/` and the connection: a header says where
  /// to push, and the body for whom, and neither is taken without the other.
  bool allows(const std::string& url, std::string_view connection) const;
  /// `url` must be allowed. 429, 5xx, and no answer at all are tried again.
  void push(const std::string& url, std::string frame, std::function<void(PushOutcome)> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wsdeep::lab
