// What a stream of `wsdeep loadtest llm` costs: the parts that bench/load_llm.py puts together, each a process of its
// own.
//
//   load_llm serve                      a server that answers as fast as it is read, as many tokens as it is asked for;
//                                       prints its URL
//   load_llm ours URL TURNS STREAMS TOKENS    the driver of the load test: all its stamps, no report
//   load_llm bare URL TURNS STREAMS TOKENS    a bare grpc++ loop: one thread, one completion queue, a stamp a message
//
// Both clients print how many messages came.
#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "llm.grpc.pb.h"
#include "load/drive/llm_driver.h"

namespace {

using namespace wsdeep;
using std::chrono::steady_clock;

/// What a node says to a call that asks for times.
class FastService final : public ::llm::LLMService::Service {
  grpc::Status GenerateStream(grpc::ServerContext*, const ::llm::LLMRequest* request,
                              grpc::ServerWriter<::llm::LLMResponse>* writer) override {
    ::llm::LLMResponse response;
    response.set_node_id("bench");
    response.set_arrived_us(1);
    for (int i = 0; i < request->parameters().max_tokens(); ++i) {
      response.set_text(" 0123456789abcdef");
      response.set_reasoning_text("");
      response.set_tokens(1);
      response.add_token_offsets_us(static_cast<std::uint32_t>(20'000 * i));
      if (!writer->Write(response)) return grpc::Status::CANCELLED;
      response.Clear();
    }
    response.set_is_complete(true);
    response.set_finish_reason("stop");
    response.set_node_id("bench");
    response.mutable_usage()->set_completion_tokens(request->parameters().max_tokens());
    writer->Write(response);
    return grpc::Status::OK;
  }
  grpc::Status Generate(grpc::ServerContext*, const ::llm::LLMRequest*, ::llm::LLMCompleteResponse* response) override {
    response->set_text(" 0123456789abcdef");
    return grpc::Status::OK;
  }
  grpc::Status HealthCheck(grpc::ServerContext*, const ::llm::HealthCheckRequest*,
                           ::llm::HealthCheckResponse* response) override {
    response->set_status("healthy");
    return grpc::Status::OK;
  }
};

void serve() {
  FastService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::cout << "grpc://127.0.0.1:" << port << std::endl;
  server->Wait();
}

struct Work {
  std::string url;
  int turns = 0;
  int streams = 0;  ///< at a time
  int tokens = 0;   ///< of each answer
};

class SameQuestion final : public load::PromptSource {
 public:
  explicit SameQuestion(int tokens) : tokens_(tokens) {}
  load::Prompt prompt(const load::Arrival&, std::uint64_t, int) const override { return {"", "hi", tokens_}; }
  int turns(std::uint64_t) const override { return 1; }

 private:
  const int tokens_;
};

/// Begins a turn whenever one has ended.
class Ours final : public load::RecordSink {
 public:
  explicit Ours(const Work& work)
      : work_(work), prompts_(work.tokens), driver_({.targets = {{work.url}}}, prompts_, clock_, *this) {}

  std::uint64_t run() {
    driver_.prepare({});
    std::unique_lock lock(mutex_);
    for (int begun = 0; begun < work_.turns; ++begun) {
      changed_.wait(lock, [&] { return begun - ended_ < work_.streams; });
      lock.unlock();
      load::Arrival arrival;
      arrival.index = static_cast<std::uint64_t>(begun);
      arrival.intended = clock_.now();
      driver_.begin(arrival);
      lock.lock();
    }
    changed_.wait(lock, [&] { return ended_ == work_.turns; });
    return messages_;
  }

 private:
  void on_turn(load::TurnRecord record) override {
    const std::lock_guard lock(mutex_);
    messages_ += record.messages_received;
    ++ended_;
    changed_.notify_one();
  }
  void on_connection(const load::ConnectionRecord&) override {}

  const Work work_;
  const SameQuestion prompts_;
  const load::RunClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int ended_ = 0;
  std::uint64_t messages_ = 0;
  load::LlmDriver driver_;
};

/// What gRPC costs by itself.
class Bare {
 public:
  explicit Bare(const Work& work)
      : work_(work),
        stub_(::llm::LLMService::NewStub(
            grpc::CreateChannel(work.url.substr(std::string("grpc://").size()), grpc::InsecureChannelCredentials()))) {}

  std::uint64_t run() {
    for (int i = 0; i < work_.streams; ++i) start();
    void* tag = nullptr;
    for (bool ok = false; ended_ < work_.turns && queue_.Next(&tag, &ok);) step(*static_cast<Call*>(tag), ok);
    return messages_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<::llm::LLMResponse>> reader;
    ::llm::LLMResponse response;
    grpc::Status status;
    std::vector<steady_clock::time_point> stamps;
    bool started = false, finishing = false;
  };

  void start() {
    if (begun_ == work_.turns) return;
    ++begun_;
    auto& call = *new Call;  // step deletes it
    ::llm::LLMRequest request;
    request.set_prompt("hi");
    request.mutable_parameters()->set_max_tokens(work_.tokens);
    call.context.AddMetadata("x-wsdeep-timings", "1");
    call.reader = stub_->PrepareAsyncGenerateStream(&call.context, request, &queue_);
    call.reader->StartCall(&call);
  }

  void step(Call& call, bool ok) {
    if (call.finishing) {
      ++ended_;
      delete &call;
      return start();
    }
    if (ok && std::exchange(call.started, true)) {
      call.stamps.push_back(steady_clock::now());
      ++messages_;
    }
    call.finishing = !ok;
    ok ? call.reader->Read(&call.response, &call) : call.reader->Finish(&call.status, &call);
  }

  const Work work_;
  std::unique_ptr<::llm::LLMService::Stub> stub_;
  grpc::CompletionQueue queue_;
  int begun_ = 0, ended_ = 0;
  std::uint64_t messages_ = 0;
};

int run(const std::vector<std::string>& words) {
  if (words.at(0) == "serve") {
    serve();
    return 0;
  }
  const Work work{words.at(1), std::stoi(words.at(2)), std::stoi(words.at(3)), std::stoi(words.at(4))};
  std::cout << (words.at(0) == "ours" ? Ours(work).run() : Bare(work).run()) << std::endl;
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "load_llm: " << error.what() << '\n';
    return 1;
  }
}
