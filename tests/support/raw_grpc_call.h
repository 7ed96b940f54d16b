#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "support/llm_stream_log.h"

namespace wsdeep::testing {

/// A gRPC call of bytes, as a client that was built from other .proto files makes it.
class RawGrpcCall {
 public:
  RawGrpcCall(std::uint16_t port, const std::string& method, const std::string& request)
      : stub_(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(this);
    require(step());
    grpc::Slice slice(request);
    call_->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
    require(step());
  }
  ~RawGrpcCall() {
    if (!finished_) {
      context_.TryCancel();
      finish();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) continue;
  }
  RawGrpcCall(const RawGrpcCall&) = delete;
  RawGrpcCall& operator=(const RawGrpcCall&) = delete;

  /// The next message, or nothing at the end of the stream.
  std::optional<std::string> read() {
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, this);
    if (!step()) return std::nullopt;
    grpc::Slice slice;
    require(buffer.DumpToSingleSlice(&slice).ok());
    return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }

  grpc::Status finish() {
    finished_ = true;
    grpc::Status status;
    call_->Finish(&status, this);
    step();
    return status;
  }

 private:
  bool step() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }
  static void require(bool ok) {
    if (!ok) throw std::runtime_error("the raw call broke");
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool finished_ = false;
};

}  // namespace wsdeep::testing
