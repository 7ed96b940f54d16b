#include <fmt/format.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/chat/options.h"
#include "commands/chat/session_error.h"
#include "commands/parameter_option.h"
#include "session/conversation.h"
#include "users/sign_in.h"

namespace wsdeep::commands {
namespace {

using json = nlohmann::ordered_json;  // events read best in the order in which they are written here

/// Prints one answer: text to stdout as it comes, or every event as a line of JSON.
class AnswerPrinter final : public session::ConversationView {
 public:
  AnswerPrinter(net::EventLoop& loop, const ChatOptions& options, const Console& console)
      : loop_(loop), options_(options), console_(console) {
    arm();
  }

  /// Throws what went wrong; the exit code otherwise.
  int finish() const {
    if (error_) throw *error_;
    return 0;
  }

  void interrupted() { end(Error(ErrorKind::kInterrupted, "interrupted: the answer was cancelled")); }

  void on_accepted(const wire::Accepted& frame) override {
    arm();
    if (options_.json)
      event({{"event", "accepted"},
             {"messageId", frame.message_id},
             {"chatId", frame.chat_id},
             {"adjusted", frame.adjusted}});
    else
      for (const std::string& adjusted : frame.adjusted) console_.err("adjusted " + adjusted + "\n");
  }

  void on_text(const session::Passage& passage) override {
    arm();
    if (options_.json) return event({{"event", "text"}, {"reasoning", passage.reasoning}, {"text", passage.text}});
    if (passage.reasoning && !options_.reasoning) return;
    if (reasoning_ && !passage.reasoning) console_.out(last_.ends_with('\n') ? "\n" : "\n\n");
    reasoning_ = passage.reasoning;
    // A terminal must not act on what a model says; a pipe gets the text as it is.
    const std::string text = console_.stdout_is_terminal() ? strip_control(passage.text) : passage.text;
    console_.out(passage.reasoning ? console_.style_out("2", text) : text);
    last_ = text;
  }

  void on_completed(const wire::Completion& frame, const session::TurnStats& stats) override {
    if (options_.json)
      event({{"event", "completed"},
             {"messageId", frame.message_id},
             {"chatId", frame.chat_id},
             {"finishReason", frame.finish_reason},
             {"promptTokens", stats.prompt_tokens},
             {"completionTokens", stats.tokens},
             {"ttftMs", std::chrono::duration<double, std::milli>(stats.ttft).count()},
             {"durationMs", std::chrono::duration<double, std::milli>(stats.duration).count()},
             {"tokensPerSecond", stats.tokens_per_second()}});
    else if (!last_.ends_with('\n'))
      console_.out("\n");
    if (options_.stats) console_.err(describe(stats) + "\n");
    if (!frame.stored) console_.err("the answer could not be stored: the chat will not remember it\n");
    loop_.stop();
  }

  void on_error(const wire::ErrorFrame& frame, bool) override {
    if (options_.json) event({{"event", "error"}, {"category", frame.category}, {"message", frame.text}});
    if (!last_.empty() && !last_.ends_with('\n')) console_.out("\n");
    end(Error(ErrorKind::kFailure, fmt::format("{}: {} ({})", to_lower(frame.title), frame.text, frame.category)));
  }

  void on_notice(const std::string& title, const std::string& text) override {
    if (options_.json) event({{"event", "notice"}, {"title", title}, {"message", text}});
    console_.err(title + (text.empty() ? "" : ": " + text) + "\n");
    loop_.stop();
  }

  void on_history(const wire::HistoryPage&) override {}
  void on_connected(bool) override { arm(); }
  void on_lost(const session::Loss& loss, std::chrono::milliseconds, bool) override { on_end(loss); }

  void on_end(const session::Loss& loss) override { end(session_error("cannot chat", loss)); }

 private:
  void event(const json& fields) { console_.out(fields.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"); }

  void end(Error error) {
    if (!error_) error_ = std::move(error);
    loop_.stop();
  }

  /// Every sign of life starts the wait anew.
  void arm() {
    timeout_ = loop_.after(std::chrono::seconds(options_.timeout_seconds), [this] {
      end(Error(ErrorKind::kFailure, fmt::format("no answer: nothing came for {} s", options_.timeout_seconds)));
    });
  }

  net::EventLoop& loop_;
  const ChatOptions& options_;
  const Console& console_;
  net::EventLoop::Subscription timeout_;
  std::optional<Error> error_;
  bool reasoning_ = false;
  std::string last_;
};

}  // namespace

int run_chat_once(const ChatOptions& options, const std::string& question, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  GenerationParameters parameters;
  for (const std::string& assignment : options.parameters) set_parameter(parameters, assignment);
  net::EventLoop loop;
  AnswerPrinter printer(loop, options, context.console);
  session::SessionOptions session = session_options(options, target);
  session.reconnect = false;
  session::Conversation conversation(
      loop, session, [&] { return users::current_login(target, context, options.user).id_token; }, context.clock,
      printer);
  conversation.ask(question, parameters);
  bool asked_to_stop = false;
  net::EventLoop::Subscription farewell;
  const auto signals = loop.on_signal({SIGINT, SIGTERM}, [&](int) {
    printer.interrupted();
    if (std::exchange(asked_to_stop, true)) return;
    conversation.cancel();
  });
  loop.run();
  if (asked_to_stop) {
    // The cancellation is on its way out; the node need not be waited for.
    farewell = loop.after(std::chrono::milliseconds(300), [&] { loop.stop(); });
    loop.run();
  }
  return printer.finish();
}

}  // namespace wsdeep::commands
