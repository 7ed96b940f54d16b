#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "llm/client/client_stream.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// A call ended otherwise than it should.
struct PeerFault {
  grpc::Status status;
};

/// A streaming call of one of gRPC's own services, driven by the thread that waits for it.
class PeerCall {
 public:
  enum class Event { kMessage, kEnded, kNothing };

  /// Starts the call. `stop` ends it.
  PeerCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, Deadline deadline,
           const std::stop_token& stop);
  ~PeerCall();
  PeerCall(const PeerCall&) = delete;
  PeerCall& operator=(const PeerCall&) = delete;

  /// Not while `next` has returned kNothing. What cannot be sent is noticed by `next`.
  void send(const google::protobuf::MessageLite& message);
  /// Waits for the next message, the end, or the time.
  Event next(Deadline until);
  /// False when the message that came is not one of that kind.
  bool read(google::protobuf::MessageLite& message) const;
  /// How it ended.
  const grpc::Status& status() const { return status_; }

 private:
  bool wait();
  void finish();

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer message_;
  grpc::Status status_;
  bool reading_ = false;
  bool finished_ = false;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace wsdeep::llm
