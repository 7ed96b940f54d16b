// REST chat: a question over HTTP and its answer, as JSON or as server-sent events while it comes; the user's chats;
// and the earlier messages of a room. Behind an HTTP API, a REST API, and a function URL, which streams.
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "chat/rest_chat.h"
#include "chat/room_pages.h"
#include "handlers/backend.h"
#include "handlers/dynamo_rest_chats.h"
#include "handlers/invocation_log.h"
#include "handlers/make_llm.h"
#include "handlers/rest_bodies.h"
#include "handlers/rest_events.h"
#include "handlers/rest_gate.h"
#include "wire/http_route.h"
#include "wire/json_writer.h"

namespace wsdeep::handlers {
namespace {

using chat::RestRefusal;

/// An API waits for 29 s (REST) or 30 s (HTTP); a failure that is told before is told in words.
constexpr std::chrono::milliseconds kApiPatience{28'500};
constexpr int kMostListed = 100;
constexpr int kUsuallyListed = 50;

std::chrono::milliseconds waited_since(const wire::HttpEvent& event, SystemTime now) {
  return std::chrono::milliseconds(epoch_ms(now) - event.received_at_ms);
}

/// An API counts from when it got the request: a function that had to start first has less time. Where it does not say
/// when, or a time for which no API would have waited, as test events have, it was just now.
void settle_arrival(wire::HttpEvent& event, SystemTime now) {
  const auto waited = waited_since(event, now);
  if (waited.count() < 0 || waited > kApiPatience) event.received_at_ms = epoch_ms(now);
}

/// A function URL's host says that it is one; what is asked there is streamed.
bool by_url(const wire::HttpEvent& event) {
  return event.domain_name.find(".lambda-url.") != std::string::npos;
}

bool wants_events(const wire::HttpEvent& event) {
  return wire::header_of(event, "accept").find("text/event-stream") != std::string_view::npos;
}

int limit_of(const wire::HttpEvent& event) {
  const std::string_view text = wire::query_of(event, "limit");
  if (text.empty()) return kUsuallyListed;
  const auto limit = parse_integer(text, 1, kMostListed);
  if (!limit) throw chat::rest_invalid("'limit' must be a whole number from 1 to 100");
  return static_cast<int>(*limit);
}

RestRefusal our_fault() {
  return {500, "Internal server error", "Something went wrong on our side. Please try again.", ""};
}

wire::HttpAnswer json_answer(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, {}, std::move(body)};
}

/// Who asked for JSON hears the whole at the end.
class Silent final : public chat::RestListener {
 public:
  bool begun(const chat::RestChat&) override { return true; }
  bool text(std::string_view, bool) override { return true; }
  bool was_reasoning() override { return true; }
  bool begun_anew() override { return true; }
  bool alive() override { return true; }
  bool listens() override { return true; }
};

class RestChatFunction final : public Function {
 public:
  RestChatFunction(const Env& env, const Clock& clock, RestGate& gate, chat::Llm& llm)
      : backend_(env, clock, {"REST_CHATS_TABLE"}), gate_(gate), llm_(llm), table_(env.require("REST_CHATS_TABLE")) {}

  std::string answer(const Call& call) override;

 private:
  using Handle = wire::HttpAnswer (RestChatFunction::*)(const Call&, const wire::HttpEvent&, const Caller&,
                                                        InvocationLog&);
  struct Row {
    const char* key;
    Handle handle;
  };

  wire::HttpAnswer route(const Call& call, wire::HttpEvent& event, InvocationLog& line);
  wire::HttpAnswer ask(const Call& call, const wire::HttpEvent& event, const Caller& caller, InvocationLog& line);
  wire::HttpAnswer list(const Call& call, const wire::HttpEvent& event, const Caller& caller, InvocationLog& line);
  wire::HttpAnswer show(const Call& call, const wire::HttpEvent& event, const Caller& caller, InvocationLog& line);
  wire::HttpAnswer remove(const Call& call, const wire::HttpEvent& event, const Caller& caller, InvocationLog& line);
  wire::HttpAnswer room(const Call& call, const wire::HttpEvent& event, const Caller& caller, InvocationLog& line);

  static constexpr std::array<Row, 5> kRows{{{"POST /chat", &RestChatFunction::ask},
                                             {"GET /chats", &RestChatFunction::list},
                                             {"GET /chats/{id}", &RestChatFunction::show},
                                             {"DELETE /chats/{id}", &RestChatFunction::remove},
                                             {"GET /messages", &RestChatFunction::room}}};

  Backend backend_;
  RestGate& gate_;
  chat::Llm& llm_;
  std::string table_;
};

std::string RestChatFunction::answer(const Call& call) {
  wire::HttpEvent event = wire::parse_http_event(call.invocation.payload);
  settle_arrival(event, backend_.clock.now());
  InvocationLog line("rest_chat", call, "", backend_.clock);
  wire::HttpAnswer answer;
  try {
    answer = route(call, event, line);
  } catch (const RestRefusal& refusal) {
    if (!refusal.cause.empty()) line.add("cause", refusal.cause);
    answer = rest_error_answer(refusal);
  } catch (const std::exception& failure) {
    line.add("cause", failure.what());
    answer = rest_error_answer(our_fault());
  }
  line.add("status", answer.status);
  if (answer.status == 0) return "";  // it was streamed
  if (!by_url(event)) return wire::write_http_answer(answer, event);
  AnswerSink& sink = call.stream(wire::kStreamedAnswerType);
  sink.write(wire::write_http_prelude(answer));
  sink.write(answer.body);
  return "";
}

/// A short test event, which names neither, is a question.
wire::HttpAnswer RestChatFunction::route(const Call& call, wire::HttpEvent& event, InvocationLog& line) {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (const Row& row : kRows) all.emplace_back(row.key);
    return all;
  }();
  if (event.method.empty() && event.path.empty()) event.method = "POST", event.path = "/chat";
  line.add("method", event.method);
  const auto at = wire::choose_route(keys, event.method, event.path, event.path_parameters);
  if (!at) throw RestRefusal{404, "Not found", "", ""};
  line.add("route", keys[*at]);
  const Caller caller = gate_.admit(event);
  line.add("userId", caller.user_id);
  return (this->*kRows[*at].handle)(call, event, caller, line);
}

wire::HttpAnswer RestChatFunction::ask(const Call& call, const wire::HttpEvent& event, const Caller& caller,
                                       InvocationLog& line) {
  chat::RestQuestion question = parse_rest_question(event);
  question.user_id = caller.user_id;
  const bool streamed = by_url(event), as_events = wants_events(event);
  const auto api_waits = kApiPatience - waited_since(event, backend_.clock.now());
  const SteadyTime deadline =
      streamed ? call.deadline : std::min(call.deadline, backend_.clock.steady_now() + api_waits);
  const aws::CallContext context = context_of(call);
  DynamoRestChats chats(backend_.services.dynamodb, table_, backend_.clock, context);
  Silent silent;
  RestEvents events(call, streamed);
  chat::RestListener& listener = as_events ? static_cast<chat::RestListener&>(events) : silent;
  try {
    const chat::RestAnswer answer =
        chat::rest_ask(question, {chats, llm_, backend_.clock}, backend_.limits, deadline, listener);
    line.add("chatId", answer.chat.id);
    line.add("ttftMs", answer.ttft_ms);
    line.add("stored", answer.stored);
    if (!answer.cause.empty()) line.add("cause", answer.cause);
    if (answer.usage) line.add("completionTokens", answer.usage->completion_tokens);
    if (!as_events) return json_answer(200, rest_answer_json(answer));
    events.send(sse_event("done", rest_answer_json(answer)));
  } catch (const RestRefusal& refusal) {
    // Before the first event it is an answer of its own.
    if (!events.has_begun()) throw;
    line.add("cause", refusal.cause);
    events.send(sse_event("error", rest_error_json(refusal)));
  } catch (const std::exception& failure) {
    if (!events.has_begun()) throw;
    line.add("cause", failure.what());
    events.send(sse_event("error", rest_error_json(our_fault())));
  }
  return streamed ? wire::HttpAnswer{0, {}, {}, ""} : events.gathered();
}

wire::HttpAnswer RestChatFunction::list(const Call& call, const wire::HttpEvent& event, const Caller& caller,
                                        InvocationLog&) {
  const aws::CallContext context = context_of(call);
  DynamoRestChats chats(backend_.services.dynamodb, table_, backend_.clock, context);
  const auto page = chats.list(caller.user_id, limit_of(event), wire::query_of(event, "before"));
  if (!page) throw chat::rest_invalid("'before' is not a cursor of this list");
  return json_answer(200, rest_page_json(*page));
}

wire::HttpAnswer RestChatFunction::show(const Call& call, const wire::HttpEvent& event, const Caller& caller,
                                        InvocationLog&) {
  const aws::CallContext context = context_of(call);
  DynamoRestChats chats(backend_.services.dynamodb, table_, backend_.clock, context);
  const std::string& id = event.path_parameters.at("id");
  const auto found = chat::is_chat_id(id) ? chats.find(id, caller.user_id) : std::nullopt;
  if (!found) throw chat::rest_no_chat();
  return json_answer(200, wire::JsonObject().add_json("chat", rest_chat_json(*found, true)).text());
}

wire::HttpAnswer RestChatFunction::remove(const Call& call, const wire::HttpEvent& event, const Caller& caller,
                                          InvocationLog&) {
  const aws::CallContext context = context_of(call);
  DynamoRestChats chats(backend_.services.dynamodb, table_, backend_.clock, context);
  const std::string& id = event.path_parameters.at("id");
  if (!chat::is_chat_id(id) || !chats.remove(id, caller.user_id)) throw chat::rest_no_chat();
  return {204, {}, {}, ""};
}

wire::HttpAnswer RestChatFunction::room(const Call& call, const wire::HttpEvent& event, const Caller& caller,
                                        InvocationLog&) {
  Tables tables(backend_, call);
  const chat::RoomPageRequest request{caller.user_id, std::string(wire::query_of(event, "room")),
                                      std::string(wire::query_of(event, "before")), limit_of(event)};
  return json_answer(200, chat::room_page(request, tables.rooms, tables.chats, backend_.limits, backend_.clock));
}

/// What all threads of the process share.
struct Shared {
  Shared(const Env& env, const Clock& clock) : gate(env, clock), llm(make_llm(env, clock)) {}

  RestGate gate;
  std::unique_ptr<chat::Llm> llm;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  return handlers::serve_sharing<handlers::Shared>([](const Env& env, const Clock& clock, handlers::Shared& shared) {
    return std::make_unique<handlers::RestChatFunction>(env, clock, shared.gate, *shared.llm);
  });
}
