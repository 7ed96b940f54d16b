#include <fmt/format.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/answer_text.h"
#include "commands/chat/options.h"
#include "commands/local_cause.h"
#include "commands/parameter_option.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "wire/json_fields.h"

namespace wsdeep::commands {
namespace {

using EventJson = nlohmann::ordered_json;  // events read best in the order in which they are written here

nlohmann::json known(const std::optional<std::int64_t>& count) {
  return count ? nlohmann::json(*count) : nullptr;
}

/// With its tokens, where the server counts them, and when they were generated, where it was asked for that.
EventJson text_event(const LlmChunk& piece) {
  EventJson event = {{"event", "text"}, {"reasoning", piece.reasoning}, {"text", piece.text}};
  if (piece.tokens > 0) event["tokens"] = piece.tokens;
  for (const std::uint32_t offset : piece.token_offsets_us)
    event["tokenOffsetsMs"].push_back(static_cast<double>(offset) / 1000);
  return event;
}

/// Prints one answer: text to stdout as it comes, or every event as a line of JSON. Says when all is said.
class AnswerPrinter final : public session::TurnView {
 public:
  AnswerPrinter(const ChatOptions& options, const Console& console, std::function<void()> over)
      : options_(options), console_(console), over_(std::move(over)) {}

  /// Throws what went wrong, with the hint that `why` gives for a failure; the exit code otherwise.
  int finish(const std::function<std::string(const wire::ErrorFrame&)>& why) const {
    if (failure_) throw Error(error_->kind(), error_->what(), why(*failure_));
    if (error_) throw *error_;
    return 0;
  }

  void interrupted() {
    answer_.end();
    end(Error(ErrorKind::kInterrupted, "interrupted: the answer was cancelled"));
  }

  void on_accepted(const wire::Accepted& frame) override {
    if (options_.json)
      event({{"event", "accepted"},
             {"messageId", frame.message_id},
             {"chatId", frame.chat_id},
             {"adjusted", frame.adjusted}});
    else
      for (const std::string& adjusted : frame.adjusted) console_.err("adjusted " + adjusted + "\n");
  }

  void on_waiting(const std::string& text) override {
    if (options_.json) return event({{"event", "waiting"}, {"message", text}});
    console_.err(printable(text) + "\n");
  }

  void on_text(const LlmChunk& piece) override {
    if (!options_.json) return answer_.add(piece);
    if (piece.was_reasoning) event({{"event", "text_was_reasoning"}});
    if (!piece.was_reasoning || piece.tokens > 0) event(text_event(piece));
  }

  void on_resumed() override {
    if (options_.json) event({{"event", "resumed"}});
  }

  void on_restarted() override {
    if (options_.json) return event({{"event", "restarted"}});
    answer_.restart();
  }

  void on_completed(const wire::Completion& frame, const session::TurnStats& stats) override {
    if (options_.json)
      event({{"event", "completed"},
             {"messageId", frame.message_id},
             {"chatId", frame.chat_id},
             {"finishReason", frame.finish_reason},
             {"promptTokens", stats.usage ? nlohmann::json(stats.usage->prompt_tokens) : nullptr},
             {"completionTokens", stats.usage ? nlohmann::json(stats.usage->completion_tokens) : nullptr},
             {"cachedPromptTokens", known(stats.usage ? stats.usage->cached_prompt_tokens : std::nullopt)},
             {"reasoningTokens", known(stats.usage ? stats.usage->reasoning_tokens : std::nullopt)},
             {"ttftMs", std::chrono::duration<double, std::milli>(stats.ttft).count()},
             {"durationMs", std::chrono::duration<double, std::milli>(stats.duration).count()},
             {"tokensPerSecond", stats.tokens_per_second()}});
    answer_.end();
    if (const std::string remark = answer_.remark(frame.finish_reason); !options_.json && !remark.empty())
      console_.err(remark + "\n");
    if (options_.stats) console_.err(describe(stats) + "\n");
    if (!frame.stored) console_.err("the answer could not be stored: the chat will not remember it\n");
    conclude();
  }

  void on_failed(const wire::ErrorFrame& failure) override {
    if (options_.json) tell_failure(failure);
    answer_.end();
    if (!concluded_) failure_ = failure;
    end(Error(ErrorKind::kFailure,
              fmt::format("{}: {} ({})", to_lower(failure.title), failure.text, failure.category)));
  }

  void on_done(const wire::Notice& frame) override {
    if (options_.json) event({{"event", "notice"}, {"title", frame.title}, {"message", frame.text}});
    tell(frame.title, frame.text);
    conclude();
  }
  void on_history(const wire::HistoryPage&) override {}
  void on_refused(const wire::ErrorFrame& failure) override { on_failed(failure); }

  void on_notice(const std::string& title, const std::string& text) override { tell(title, text); }
  void on_room_message(const wire::RoomMessage& frame) override {
    tell(frame.sender_name.empty() ? frame.sender : frame.sender_name, frame.content);
  }
  void on_presence(const wire::Presence&) override {}

  void on_open(bool again) override {
    if (again && options_.json) event({{"event", "connected"}});
  }
  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override {
    if (options_.json) event({{"event", "lost"}, {"message", loss.cause}, {"waitMs", wait.count()}});
    answer_.end_line();
    console_.err(fmt::format("{}, connecting again in {}\n", printable_lines(loss.cause), human_duration(wait)));
  }
  void on_end(const session::Loss& loss) override {
    answer_.end();
    end(session_error("cannot chat", loss));
  }

 private:
  void event(const EventJson& fields) { console_.out(wire::dump_json(fields) + "\n"); }

  void tell_failure(const wire::ErrorFrame& failure) {
    EventJson fields = {{"event", "error"}, {"category", failure.category}, {"message", failure.text}};
    if (failure.retry_after_ms) fields["retryAfterMs"] = *failure.retry_after_ms;
    event(fields);
  }

  void tell(const std::string& title, const std::string& text) {
    console_.err(printable_lines(title + (text.empty() ? "" : ": " + text)) + "\n");
  }

  /// Once: what comes after it, while the connection is closed, is of no interest.
  void conclude() {
    concluded_ = true;
    over_();
  }

  void end(Error error) {
    if (!concluded_) error_ = std::move(error);
    conclude();
  }

  const ChatOptions& options_;
  const Console& console_;
  const std::function<void()> over_;
  std::optional<Error> error_;
  std::optional<wire::ErrorFrame> failure_;  ///< which `error_` tells
  bool concluded_ = false;
  AnswerText answer_{console_, options_.reasoning};
};

}  // namespace

int run_chat_once(const ChatOptions& options, const std::string& question, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  GenerationParameters parameters;
  for (const std::string& assignment : options.parameters) set_parameter(parameters, assignment);
  net::EventLoop loop;
  session::LoopLink link(loop, chat_endpoint(target), chat_token(target, context, options.user));
  AnswerPrinter printer(options, context.console, [&loop] { loop.stop(); });
  session::TurnMachine machine(link, context.clock, turn_options(options), printer);
  const auto signals = loop.on_signal({SIGINT, SIGTERM}, [&](int) {
    printer.interrupted();
    machine.cancel();
  });
  machine.start();
  machine.ask(question, parameters);
  loop.run();
  // What is still to be said (a cancellation, a farewell) goes out; a peer that is gone is waited for half a second.
  machine.close();
  if (!std::holds_alternative<session::Ended>(machine.state())) loop.run();
  return printer.finish(
      [&](const wire::ErrorFrame& failure) { return local_cause(options.target, target, failure, context); });
}

}  // namespace wsdeep::commands
