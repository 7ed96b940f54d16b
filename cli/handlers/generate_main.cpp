// generate: one accepted turn, from the history through the LLM to the client. Invoked asynchronously by `message`.
#include <memory>

#include "handlers/backend.h"
#include "handlers/invocation_log.h"
#include "handlers/make_llm.h"
#include "handlers/replies.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

void describe(const chat::GenerateReport& report, InvocationLog& line) {
  line.add("outcome", report.outcome);
  if (!report.cause.empty()) line.add("cause", report.cause);
  line.add("ttftMs", report.ttft_ms);
  line.add("frames", report.frames);
  if (report.usage) {
    line.add("promptTokens", report.usage->prompt_tokens);
    line.add("completionTokens", report.usage->completion_tokens);
    if (report.usage->cached_prompt_tokens) line.add("cachedPromptTokens", *report.usage->cached_prompt_tokens);
    if (report.usage->reasoning_tokens) line.add("reasoningTokens", *report.usage->reasoning_tokens);
  }
  if (!report.node_id.empty()) line.add("nodeId", report.node_id);
}

class Generate final : public Function {
 public:
  Generate(const Env& env, const Clock& clock, chat::Llm& llm)
      : backend_(env, clock, {"CONNECTIONS_TABLE", "CHATS_TABLE"}), llm_(llm) {}

  std::string answer(const Call& call) override {
    const wire::GenerateEvent event = wire::parse_generate_event(call.invocation.payload);
    InvocationLog line("generate", call, event.connection_id, backend_.clock);
    line.add("chatId", event.chat_id);
    line.add("messageId", event.message_id);
    Tables tables(backend_, call);
    ApiReplies replies(backend_.services.connections, event.callback_url, tables.context);
    const chat::GeneratePorts ports{tables.connections, tables.rooms, tables.chats, replies, llm_, backend_.clock};
    describe(chat::generate(event, ports, backend_.limits, call.deadline), line);
    return "{}";
  }

 private:
  Backend backend_;
  chat::Llm& llm_;
};

/// What all threads of the process ask.
struct Model {
  Model(const Env& env, const Clock& clock) : llm(make_llm(env, clock)) {}

  std::unique_ptr<chat::Llm> llm;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  return handlers::serve_sharing<handlers::Model>([](const Env& env, const Clock& clock, handlers::Model& model) {
    return std::make_unique<handlers::Generate>(env, clock, *model.llm);
  });
}
