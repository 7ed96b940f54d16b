#include "llm/node/self_check.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "base/printable.h"
#include "llm.grpc.pb.h"
#include "llm/grpc_setup.h"

namespace wsdeep::llm {

std::string why_not_ready(const std::string& address, std::chrono::milliseconds timeout) {
  set_up_grpc();
  grpc::ChannelArguments arguments;
  // A node asks itself: no proxy is in between.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  ::llm::HealthCheckResponse answer;
  const grpc::Status status = ::llm::LLMService::NewStub(channel)->Ready(&context, {}, &answer);
  if (status.ok()) return {};
  return fmt::format("{} (code {})", strip_control(status.error_message()), static_cast<int>(status.error_code()));
}

}  // namespace wsdeep::llm
