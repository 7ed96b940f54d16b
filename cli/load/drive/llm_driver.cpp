#include "load/drive/llm_driver.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "llm/stream.h"
#include "load/drive/cancel_effect.h"
#include "load/drive/cancel_plan.h"
#include "load/drive/idle_pool.h"
#include "load/drive/llm_links.h"
#include "load/drive/llm_turn.h"

namespace wsdeep::load {
namespace {

/// A chat with the model, as its client remembers it.
struct LlmConversation {
  std::uint64_t number = 0;
  LlmLinks* links = nullptr;
  int turn = 0;  ///< the next one
  int turns = 1;
  std::vector<ChatMessage> history{};
  std::string sticky_cookie{};
  std::string node{};  ///< that answered last
};

/// A turn under way. Its conversation and its turn belong to the thread of the streams' callbacks.
struct RunningTurn {
  RunningTurn(LlmTurn measured, std::unique_ptr<LlmConversation> of, LlmLink& over)
      : turn(std::move(measured)), conversation(std::move(of)), link(over) {}

  LlmTurn turn;
  std::unique_ptr<LlmConversation> conversation;
  LlmLink& link;
  std::vector<ChatMessage> asked{};    ///< what the turn adds to the history, but for its answer
  std::atomic<Micros> first = kNever;  ///< of the turn's record, for other threads
  Micros given_up_at = kNever;
  bool told = false;  ///< or is being told
  std::unique_ptr<llm::LlmStream> stream;
};

TurnRecord record_of(const Arrival& arrival, const LlmConversation& conversation) {
  TurnRecord record;
  record.index = arrival.index;
  record.plane = Plane::kLlm;
  record.stage = arrival.stage;
  record.intended = arrival.intended;
  record.conversation = conversation.number;
  record.turn = conversation.turn;
  return record;
}

std::vector<ChatMessage> messages_of(const Prompt& prompt, const LlmConversation& conversation) {
  std::vector<ChatMessage> messages;
  if (conversation.history.empty() && !prompt.system.empty()) messages.push_back({"system", prompt.system});
  messages.push_back({"user", prompt.text});
  return messages;
}

}  // namespace

struct LlmDriver::Impl {
  Impl(LlmDriverOptions how, const PromptSource& source, const RunClock& run_clock, RecordSink& told)
      : options(std::move(how)),
        prompts(source),
        clock(run_clock),
        sink(told),
        idle(options.most_sessions),
        effect(options.watch.nodes.empty() ? options.targets : options.watch.nodes, clock, sink) {}

  std::unique_ptr<LlmConversation> new_conversation(std::uint64_t number);
  LlmRequest request_of(const LlmConversation& conversation, const Prompt& prompt,
                        const std::vector<ChatMessage>& asked, std::uint64_t index) const;
  std::string request_id_of(std::uint64_t index) const { return fmt::format("{}-turn-{}", run_id, index); }
  void send(const Arrival& arrival, std::unique_ptr<LlmConversation> conversation);
  void start(const std::shared_ptr<RunningTurn>& turn, const LlmRequest& request, Micros cancel_after);
  llm::StreamEvents events_of(RunningTurn& turn);
  void not_sent(TurnRecord record, const std::string& why, const std::string& detail);
  void on_end(RunningTurn& turn, const llm::LlmOutcome& outcome);
  void tell(RunningTurn& turn);
  void go_on(RunningTurn& turn, const llm::LlmOutcome& outcome);
  void give_up(std::uint64_t index);
  bool claim(std::uint64_t index);
  std::shared_ptr<RunningTurn> forget(std::uint64_t index);

  const LlmDriverOptions options;
  const PromptSource& prompts;
  const RunClock& clock;
  RecordSink& sink;
  const std::string run_id = random_uuid();
  IdlePool<LlmConversation> idle;
  std::vector<std::unique_ptr<LlmLinks>> targets;
  mutable std::mutex mutex;
  std::condition_variable_any ended;
  std::unordered_map<std::uint64_t, std::shared_ptr<RunningTurn>> running;  ///< by index
  std::optional<FleetWatch> fleet;                                          ///< once prepared
  std::atomic<bool> is_fleet_watched{false};                                ///< it is there, and may be asked
  CancelEffect effect;
  CancelPlan cancels{[this](std::uint64_t index) { give_up(index); }};
};

std::unique_ptr<LlmConversation> LlmDriver::Impl::new_conversation(std::uint64_t number) {
  auto conversation = std::make_unique<LlmConversation>();
  conversation->number = number;
  conversation->links = targets[number % targets.size()].get();
  conversation->turns = prompts.turns(number);
  return conversation;
}

LlmRequest LlmDriver::Impl::request_of(const LlmConversation& conversation, const Prompt& prompt,
                                       const std::vector<ChatMessage>& asked, std::uint64_t index) const {
  LlmRequest request;
  request.messages = conversation.history;
  request.messages.insert(request.messages.end(), asked.begin(), asked.end());
  request.parameters = options.parameters;
  if (prompt.max_tokens) request.parameters.max_tokens = *prompt.max_tokens;
  request.model = options.model;
  request.session_id = fmt::format("{}-{}", run_id, conversation.number);
  request.request_id = request_id_of(index);
  request.sticky_cookie = conversation.sticky_cookie;
  request.timings = true;
  request.metadata = options.metadata;
  return request;
}

void LlmDriver::Impl::send(const Arrival& arrival, std::unique_ptr<LlmConversation> conversation) {
  const TurnRecord record = record_of(arrival, *conversation);
  try {
    const Prompt prompt = prompts.prompt(arrival, conversation->number, conversation->turn);
    std::vector<ChatMessage> asked = messages_of(prompt, *conversation);
    const LlmRequest request = request_of(*conversation, prompt, asked, arrival.index);
    const bool goes_on = conversation->turn + 1 < conversation->turns;
    LlmLink& link = conversation->links->take();
    auto turn = std::make_shared<RunningTurn>(LlmTurn(record, goes_on), std::move(conversation), link);
    turn->asked = std::move(asked);
    start(turn, request, arrival.cancel_after);
  } catch (const Error& fault) {  // a prompt or a request that cannot be made
    if (const auto turn = forget(arrival.index)) --turn->link.streams;
    idle.leave();
    not_sent(record, "not sent: bad request", fault.what());
  }
}

void LlmDriver::Impl::start(const std::shared_ptr<RunningTurn>& turn, const LlmRequest& request, Micros cancel_after) {
  TurnRecord& record = turn->turn.record();
  const std::uint64_t index = record.index;
  {
    const std::lock_guard lock(mutex);
    running.emplace(index, turn);
  }
  const Micros send = record.send = clock.now();
  auto stream = turn->link.client.start(request, options.turn_timeout, events_of(*turn));
  {
    const std::lock_guard lock(mutex);
    if (!running.contains(index)) return;  // it has ended already, or nobody waits for it
    turn->stream = std::move(stream);
  }
  if (cancel_after != kNever) cancels.add(clock.time(send + cancel_after), index);
}

/// The callbacks come in one thread, and none after on_end.
llm::StreamEvents LlmDriver::Impl::events_of(RunningTurn& turn) {
  return {[&turn](const LlmChunk& chunk) {
            turn.turn.on_chunk(chunk);
            turn.first = turn.turn.record().first;
          },
          [this, &turn](const llm::LlmOutcome& outcome) { on_end(turn, outcome); },
          [this, &turn](std::size_t bytes) { turn.turn.on_message(clock.now(), bytes); }};
}

void LlmDriver::Impl::not_sent(TurnRecord record, const std::string& why, const std::string& detail) {
  record.how = TurnEnd::kFailed;
  record.reason = why;
  record.detail = detail;
  sink.on_turn(std::move(record));
}

/// Of a turn that finish() has given up nothing is told here.
void LlmDriver::Impl::on_end(RunningTurn& turn, const llm::LlmOutcome& outcome) {
  const Micros at = clock.now();
  const std::uint64_t index = turn.turn.record().index;
  if (!claim(index)) return;
  turn.turn.on_end(at, outcome, turn.conversation->node, turn.given_up_at);
  go_on(turn, outcome);
  tell(turn);
  --turn.link.streams;
  const auto over = forget(index);  // from here on the driver may be gone
}

/// What a cancelled one left at its node is known a little later.
void LlmDriver::Impl::tell(RunningTurn& turn) {
  TurnRecord& record = turn.turn.record();
  if (record.how != TurnEnd::kCancelled) return sink.on_turn(std::move(record));
  const std::int64_t received = turn.turn.tokens_by(record.cancelled_at);
  const std::string request_id = request_id_of(record.index);
  effect.add(std::move(record), request_id, received);
}

/// Only an answer that came whole becomes history. A node that was full or gone is not asked for again.
void LlmDriver::Impl::go_on(RunningTurn& turn, const llm::LlmOutcome& outcome) {
  LlmConversation& conversation = *turn.conversation;
  if (++conversation.turn >= conversation.turns) return idle.leave();
  if (!outcome.result.node_id.empty()) conversation.node = outcome.result.node_id;
  const bool leaves_node = outcome.fault == llm::LlmFault::kOverloaded || outcome.fault == llm::LlmFault::kUnavailable;
  conversation.sticky_cookie = !outcome.ok && leaves_node ? "" : outcome.result.sticky_cookie;
  if (outcome.ok) {
    for (ChatMessage& message : turn.asked) conversation.history.push_back(std::move(message));
    conversation.history.push_back({"assistant", std::move(turn.turn.answer())});
  }
  idle.give_back(std::move(turn.conversation));
}

void LlmDriver::Impl::give_up(std::uint64_t index) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(index);
  if (found == running.end()) return;
  found->second->given_up_at = clock.now();
  found->second->stream->cancel();
}

/// True for whoever has to tell of the turn.
bool LlmDriver::Impl::claim(std::uint64_t index) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(index);
  return found != running.end() && !std::exchange(found->second->told, true);
}

std::shared_ptr<RunningTurn> LlmDriver::Impl::forget(std::uint64_t index) {
  const std::lock_guard lock(mutex);
  const auto found = running.find(index);
  if (found == running.end()) return nullptr;
  std::shared_ptr<RunningTurn> turn = std::move(found->second);
  running.erase(found);
  ended.notify_all();
  return turn;
}

LlmDriver::LlmDriver(LlmDriverOptions options, const PromptSource& prompts, const RunClock& clock, RecordSink& sink)
    : impl_(std::make_unique<Impl>(std::move(options), prompts, clock, sink)) {}

LlmDriver::~LlmDriver() {
  finish(std::chrono::milliseconds(0), {});
}

void LlmDriver::prepare(const std::stop_token& stop) {
  for (llm::ClientTarget target : impl_->options.targets) {
    target.cancel = stop;
    impl_->targets.push_back(std::make_unique<LlmLinks>(std::move(target)));
    impl_->targets.back()->reach();
  }
  impl_->fleet.emplace(impl_->options.watch);
  impl_->is_fleet_watched = true;
}

void LlmDriver::begin(const Arrival& arrival) {
  auto conversation = impl_->idle.take([this](std::uint64_t number) { return impl_->new_conversation(number); });
  if (conversation) return impl_->send(arrival, std::move(conversation));
  TurnRecord record = record_of(arrival, {});
  impl_->not_sent(std::move(record), "not sent: too many sessions", {});
}

void LlmDriver::finish(std::chrono::milliseconds patience, const std::stop_token& stop) {
  decltype(impl_->running) left;
  {
    std::unique_lock lock(impl_->mutex);
    impl_->ended.wait_for(lock, stop, patience, [this] { return impl_->running.empty(); });
    left.swap(impl_->running);
  }
  impl_->cancels.stop();
  for (const auto& [index, turn] : left) turn->stream->cancel();
  for (const auto& [index, turn] : left) {
    turn->stream.reset();  // no callback comes any more
    if (turn->told) continue;
    TurnRecord& record = turn->turn.record();
    record.reason = kStillRunning;
    impl_->sink.on_turn(std::move(record));
  }
  impl_->effect.finish(stop);
  if (impl_->fleet) impl_->fleet->stop(stop);
}

std::vector<Driver::Post> LlmDriver::loops() {
  return {[](std::function<void()> task) { llm::Client::post(std::move(task)); }};
}

DriverFigures LlmDriver::figures(const Window&) const {
  DriverFigures figures;
  if (const CancelFigures cancels = impl_->effect.figures(); cancels.cancelled > 0) figures.cancels = cancels;
  if (impl_->fleet) figures.engines = impl_->fleet->figures();
  return figures;
}

DriverNow LlmDriver::now() const {
  DriverNow now;
  if (impl_->is_fleet_watched) now.nodes = impl_->fleet->nodes();
  return now;
}

std::vector<OpenTurn> LlmDriver::open_turns() const {
  std::vector<OpenTurn> open;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [index, running] : impl_->running) {
    const TurnRecord& record = running->turn.record();
    if (!running->told) open.push_back({record.intended, record.stage, running->first});
  }
  return open;
}

std::size_t LlmDriver::in_flight() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->running.size();
}

}  // namespace wsdeep::load
