#include "handlers/make_llm.h"

#include <chrono>
#include <string>

#include "base/error.h"
#include "handlers/bedrock_llm.h"
#include "handlers/grpc_llm.h"
#include "handlers/no_node_metric.h"
#include "llm/client/client.h"

namespace wsdeep::handlers {
namespace {

/// The fleet with the channel to it.
class FleetLlm final : public chat::Llm {
 public:
  FleetLlm(const Env& env, const Clock& clock)
      : client_(llm::ClientTarget{env.require("LLM_URL"), env.get_or("LLM_CA_FILE", "")}),
        llm_(client_, [stack = env.get_or("STACK", "local"), &clock] { log_no_node(stack, clock); }) {}

  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override {
    return llm_.start(request, timeout);
  }

 private:
  llm::Client client_;
  GrpcLlm llm_;
};

}  // namespace

std::unique_ptr<chat::Llm> make_llm(const Env& env, const Clock& clock) {
  const std::string engine = env.get_or("LLM_ENGINE", "fleet");
  if (engine == "fleet") return std::make_unique<FleetLlm>(env, clock);
  if (engine == "bedrock" || engine == "bedrock-agent") return std::make_unique<BedrockLlm>(env, clock);
  throw Error(ErrorKind::kUsage, "environment variable LLM_ENGINE must be fleet, bedrock or bedrock-agent");
}

}  // namespace wsdeep::handlers
