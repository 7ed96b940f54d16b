// generate: one accepted turn, from the history through the LLM to the client. Invoked asynchronously by `message`.
#include <mutex>

#include "handlers/dynamo_chats.h"
#include "handlers/dynamo_connections.h"
#include "handlers/grpc_llm.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "handlers/services.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

void describe(const chat::GenerateReport& report, InvocationLog& line) {
  line.add("outcome", report.outcome);
  if (!report.cause.empty()) line.add("cause", report.cause);
  line.add("ttftMs", report.ttft_ms);
  line.add("frames", report.frames);
  line.add("promptTokens", report.usage.prompt_tokens);
  line.add("completionTokens", report.usage.completion_tokens);
  if (!report.node_id.empty()) line.add("nodeId", report.node_id);
}

class Generate final : public Function {
 public:
  Generate(const Env& env, const Clock& clock, llm::Client& client)
      : services_(env, clock),
        llm_(client, env.get_or("LLM_MODEL", "")),
        connections_table_(env.require("CONNECTIONS_TABLE")),
        chats_table_(env.require("CHATS_TABLE")),
        limits_(limits(env)),
        clock_(clock) {}

  std::string answer(const Call& call) override {
    const wire::GenerateEvent event = wire::parse_generate_event(call.invocation.payload);
    InvocationLog line("generate", call, event.connection_id, clock_);
    line.add("chatId", event.chat_id);
    line.add("messageId", event.message_id);
    const aws::CallContext context = context_of(call);
    DynamoConnections connections(services_.dynamodb, connections_table_, context);
    DynamoChats chats(services_.dynamodb, chats_table_, limits_.chat_retention, clock_, context);
    ApiReplies replies(services_.connections, event.callback_url, context);
    describe(chat::generate(event, {connections, chats, replies, llm_, clock_}, limits_, call.deadline), line);
    return "{}";
  }

 private:
  Services services_;
  GrpcLlm llm_;
  std::string connections_table_;
  std::string chats_table_;
  chat::Limits limits_;
  const Clock& clock_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  const Env env = Env::of_process();
  const SystemClock clock;
  std::unique_ptr<llm::Client> client;
  std::once_flag once;
  return handlers::serve(env, clock, [&] {
    std::call_once(once, [&] {
      client = std::make_unique<llm::Client>(llm::ClientTarget{env.require("LLM_URL"), env.get_or("LLM_CA_FILE", "")});
    });
    return std::make_unique<handlers::Generate>(env, clock, *client);
  });
}
