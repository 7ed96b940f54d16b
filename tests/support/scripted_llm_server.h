#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "llm.grpc.pb.h"

namespace wsdeep::testing {

/// An LLM server whose streams are the test's function; it is well, and everything else is unimplemented, as on an old
/// server.
class ScriptedLlmServer : private ::llm::LLMService::Service {
 public:
  using Script = std::function<grpc::Status(grpc::ServerContext&, const ::llm::LLMRequest&,
                                            grpc::ServerWriter<::llm::LLMResponse>&)>;

  explicit ScriptedLlmServer(Script script) : script_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    if (!server_) throw std::runtime_error("cannot listen on loopback");
  }
  ~ScriptedLlmServer() override { server_->Shutdown(std::chrono::system_clock::now()); }
  ScriptedLlmServer(const ScriptedLlmServer&) = delete;
  ScriptedLlmServer& operator=(const ScriptedLlmServer&) = delete;

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  std::string url() const { return "grpc://127.0.0.1:" + std::to_string(port_); }

 private:
  grpc::Status GenerateStream(grpc::ServerContext* context, const ::llm::LLMRequest* request,
                              grpc::ServerWriter<::llm::LLMResponse>* writer) override {
    return script_(*context, *request, *writer);
  }

  grpc::Status HealthCheck(grpc::ServerContext*, const ::llm::HealthCheckRequest*,
                           ::llm::HealthCheckResponse* response) override {
    response->set_status("SERVING");
    return grpc::Status::OK;
  }

  const Script script_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace wsdeep::testing
