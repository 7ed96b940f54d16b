#include "llm/client/peer_call.h"

#include <utility>
#include <vector>

namespace wsdeep::llm {

// One operation runs at a time, so that the tag says nothing: what comes out of the queue is what was begun.

PeerCall::PeerCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, Deadline deadline,
                   const std::stop_token& stop)
    : on_stop_(stop, [this] { context_.TryCancel(); }) {
  context_.set_deadline(deadline);
  stream_ = grpc::GenericStub(channel).PrepareCall(&context_, method, &queue_);
  stream_->StartCall(nullptr);
  wait();
}

PeerCall::~PeerCall() {
  context_.TryCancel();
  if (reading_) wait();
  finish();
  queue_.Shutdown();
  wait();
}

/// Until the operation that was begun is done.
bool PeerCall::wait() {
  void* tag = nullptr;
  bool ok = false;
  return queue_.Next(&tag, &ok) && ok;
}

void PeerCall::finish() {
  if (std::exchange(finished_, true)) return;
  stream_->Finish(&status_, nullptr);
  wait();
}

void PeerCall::send(const google::protobuf::MessageLite& message) {
  const grpc::Slice bytes(message.SerializeAsString());
  stream_->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  wait();
}

PeerCall::Event PeerCall::next(Deadline until) {
  if (finished_) return Event::kEnded;
  if (!std::exchange(reading_, true)) stream_->Read(&message_, nullptr);
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::TIMEOUT) return Event::kNothing;
  reading_ = false;
  if (ok) return Event::kMessage;
  finish();
  return Event::kEnded;
}

bool PeerCall::read(google::protobuf::MessageLite& message) const {
  std::vector<grpc::Slice> slices;
  if (!message_.Dump(&slices).ok()) return false;
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return message.ParseFromString(bytes);
}

}  // namespace wsdeep::llm
