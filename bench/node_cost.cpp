// What a node costs for each token: the parts that bench/node_cost.py puts together, each a process of its own.
//
//   node_cost engine TOKENS INTERVAL_US [open]   an engine (canned_engine.h); prints its URL
//   node_cost bare TOKENS INTERVAL_US            a bare grpc++ server that writes the same tokens; prints its URL
//   node_cost load URL STREAMS                   so many clients at a time; prints tokens and lateness as JSON
//   node_cost open URL STREAMS                   opens so many, says "open" at the first token of the last one, and
//                                                hangs up at the end of stdin
#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include "canned_engine.h"
#include "llm.grpc.pb.h"
#include "llm/client/client.h"

namespace {

namespace bench = wsdeep::bench;
using bench::Answers;
using std::chrono::steady_clock;
using wsdeep::LlmChunk;
using wsdeep::LlmRequest;
using wsdeep::llm::Client;
using wsdeep::llm::LlmOutcome;
using wsdeep::llm::LlmStream;

/// What a server of grpc++ costs when it has nothing else to do: gRPC's own example, a thread for each stream.
class BareService final : public ::llm::LLMService::Service {
 public:
  explicit BareService(const Answers& answers) : answers_(answers) {}

  grpc::Status GenerateStream(grpc::ServerContext*, const ::llm::LLMRequest*,
                              grpc::ServerWriter<::llm::LLMResponse>* writer) override {
    auto due = steady_clock::now() + answers_.interval * (started_++ % 97) / 97;
    ::llm::LLMResponse response;
    for (int i = 0; i < answers_.tokens; ++i, due += answers_.interval) {
      if (answers_.interval.count() > 0) std::this_thread::sleep_until(due);
      response.Clear();
      response.set_text(bench::time_token());
      response.set_tokens(1);
      if (!writer->Write(response)) return grpc::Status::CANCELLED;
    }
    response.Clear();
    response.set_is_complete(true);
    response.set_finish_reason("stop");
    writer->Write(response);
    return grpc::Status::OK;
  }

 private:
  const Answers answers_;
  std::atomic<int> started_ = 0;
};

void run_bare(const Answers& answers) {
  BareService service(answers);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::cout << "grpc://127.0.0.1:" << port << std::endl;
  server->Wait();
}

/// Streams of one client, and what came of them.
class Load {
 public:
  Load(const std::string& url, int streams) : client_({url, "", std::chrono::milliseconds(10'000)}) {
    for (int i = 0; i < streams; ++i) start(i);
  }
  ~Load() { streams_.clear(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void wait_for_ends() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == streams_.size(); });
  }
  void wait_for_first_tokens() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return lateness_us_.size() >= streams_.size() || failed_ > 0; });
  }
  std::string report() {
    const std::lock_guard lock(mutex_);
    std::sort(lateness_us_.begin(), lateness_us_.end());
    const auto at = [this](double share) {
      return lateness_us_.empty() ? 0.0 : lateness_us_[static_cast<std::size_t>(share * (lateness_us_.size() - 1))];
    };
    return fmt::format(R"({{"tokens":{},"failed":{},"p50_us":{:.1f},"p99_us":{:.1f}}})", lateness_us_.size(), failed_,
                       at(0.5), at(0.99));
  }

 private:
  void start(int number) {
    LlmRequest request;
    request.messages = {{"user", "hi"}};
    request.prompt = "hi";
    request.request_id = fmt::format("{}", number);
    streams_.push_back(client_.start(
        request, std::chrono::minutes(10),
        {[this](const LlmChunk& chunk) { note(chunk.text); }, [this](const LlmOutcome& outcome) { end(outcome); }}));
  }
  void note(std::string_view text) {
    const std::int64_t now = bench::now_ns();
    const std::lock_guard lock(mutex_);
    for (; text.size() >= 17; text.remove_prefix(17)) {
      std::int64_t sent = 0;
      std::from_chars(text.data() + 1, text.data() + 17, sent, 16);
      lateness_us_.push_back(static_cast<double>(now - sent) / 1000);
    }
    changed_.notify_all();
  }
  void end(const LlmOutcome& outcome) {
    const std::lock_guard lock(mutex_);
    if (!outcome.ok && failed_++ == 0) std::cerr << "node_cost: " << outcome.cause << std::endl;
    ++ended_;
    changed_.notify_all();
  }

  Client client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> lateness_us_;
  std::size_t ended_ = 0;
  int failed_ = 0;
  std::vector<std::unique_ptr<LlmStream>> streams_;
};

int run(const std::vector<std::string>& words) {
  const std::string role = words.at(0);
  if (role == "engine" || role == "bare") {
    const Answers answers{std::stoi(words.at(1)), std::chrono::microseconds(std::stoi(words.at(2))), words.size() > 3};
    if (role == "bare") run_bare(answers);
    bench::CannedEngine engine(answers);
    std::cout << engine.url() << std::endl;
    engine.run();
  }
  Load load(words.at(1), std::stoi(words.at(2)));
  if (role == "load") {
    load.wait_for_ends();
    std::cout << load.report() << std::endl;
    return 0;
  }
  load.wait_for_first_tokens();
  std::cout << "open" << std::endl;
  std::cin.get();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "node_cost: " << error.what() << '\n';
    return 1;
  }
}
