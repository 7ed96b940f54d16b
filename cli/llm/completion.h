#pragma once

#include <grpcpp/completion_queue.h>

#include <functional>

// gRPC's completion queues, the way both sides of cli/llm use them. Private to cli/llm.
//
// Not gRPC's callback API: in the versions without a polling event engine (Debian's 1.51 among them) its callbacks run
// in two threads of the process that sleep for 100 ms after every idle second, which a first token would have to wait
// for, and that join themselves when the last channel is released in a callback. A queue of our own has neither
// (src/cpp/common/completion_queue_cc.cc, CallbackAlternativeCQ).

namespace wsdeep::llm {

/// The tag of an operation: what to do when it is done. `ok` as gRPC defines it for the operation.
struct Completion {
  std::function<void(bool ok)> run;
};

/// Runs completions until the queue is shut down and empty.
inline void run_completions(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  for (bool ok = false; queue.Next(&tag, &ok);) static_cast<Completion*>(tag)->run(ok);
}

}  // namespace wsdeep::llm
