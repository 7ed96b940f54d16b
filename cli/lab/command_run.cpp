#include "lab/command_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace wsdeep::lab {
namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::size_t kMostPending = 64 * 1024;
constexpr std::chrono::milliseconds kReadPause{5};
constexpr std::chrono::milliseconds kStragglers{200};  // a background process may hold the pipe for ever
constexpr std::size_t kMostRest = 80;                  // reads: a pipe may be made as large as 1 MB
constexpr int kKilled = 128 + 9;
constexpr std::size_t kMostJson = 100 * 1024;  // a message of API Gateway has 128 KB

/// The last at most `most` bytes of `text` that begin with a whole character.
std::string whole_suffix(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t at = text.size() - most;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return text.substr(at);
}

}  // namespace

CommandRun::CommandRun(net::EventLoop& loop, PushClient& client, std::string session, std::string id,
                       const std::string& push_url, OwnedDescriptor output, const CommandTimes& times, Ports ports)
    : loop_(loop),
      session_(std::move(session)),
      id_(std::move(id)),
      ports_(std::move(ports)),
      output_(std::move(output)),
      stragglers_left_(times.last / kStragglers),
      reading_(loop, [this] { read(); }) {
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  reading_.start(output_.get());
  running_ = loop_.after(times.answer_within, [this] { say_running(); });
  limit_ = loop_.after(times.limit, [this] { ports_.kill(); });
  if (push_url.empty()) return;
  quiet_ = loop_.after(times.quiet, [this] { begin_pushes(); });
  line_.emplace(
      loop_, client, push_url, [this] { return next_frame(); }, [this](PushOutcome) { stop_pushes(); });
}

void CommandRun::begin_pushes() {
  pushes_ = true;
  line_->poke();
}

/// Nobody is there to be pushed to; the result is still kept for whoever waits for the answer.
void CommandRun::stop_pushes() {
  pushes_ = false;
  quiet_ = {};
  pending_.clear();
  if (exit_code_ && finished_) return finish();
  if (output_.get() >= 0) reading_.start(output_.get());
}

void CommandRun::read() {
  std::array<char, kPieceBytes> bytes;
  const ssize_t got = ::read(output_.get(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    reading_.stop();
    output_.close();
    take(text_.finish());
    if (exit_code_) finish();
    return;
  }
  take(text_.feed({bytes.data(), static_cast<std::size_t>(got)}));
  if (pending_.size() > kMostPending) {  // read on when the client has had some
    reading_.stop();
  } else if (got == static_cast<ssize_t>(bytes.size())) {
    reading_.start_after(kReadPause, output_.get());
  }
}

void CommandRun::take(std::string_view text) {
  kept_ += text;
  if (kept_.size() > 2 * kMostOutput) {
    kept_ = whole_suffix(kept_, kMostOutput);
    cut_ = true;
  }
  if (!line_ || line_->has_ended()) return;
  pending_ += text;
  if (pushes_ || pending_.size() > kPieceBytes) begin_pushes();
}

void CommandRun::say_running() {
  if (!ports_.answer) return;
  std::exchange(ports_.answer, nullptr)(
      wire::JsonObject().add("type", "command_running").add("sessionId", session_).add("commandId", id_).text());
}

void CommandRun::ended(int exit_code) {
  exit_code_ = exit_code;
  if (output_.get() < 0) return finish();
  straggler_ = loop_.after(kStragglers, [this] { finish(); });
}

void CommandRun::abandon(std::string_view why) {
  if (!exit_code_) exit_code_ = kKilled;
  stragglers_left_ = 0;
  if (!ports_.answer) return finish();
  line_.reset();  // the answer has it all
  pushes_ = false;
  running_ = {};
  quiet_ = {};
  straggler_ = {};
  limit_ = {};
  finished_ = told_ = true;
  take_rest();
  wire::JsonObject fault;
  fault.add("type", "error").add("code", "session_ended").add("error", why);
  add_output(fault);
  std::exchange(ports_.answer, nullptr)(fault.text());
  ports_.over();
}

/// What is in the pipe when nothing is waited for any more: the last words of a command that its client was too slow
/// for. A process that the command has left behind may write on for ever.
void CommandRun::take_rest() {
  reading_.stop();
  std::array<char, kPieceBytes> bytes;
  std::string text;
  for (std::size_t left = kMostRest; left > 0 && output_.get() >= 0; --left) {
    const ssize_t got = ::read(output_.get(), bytes.data(), bytes.size());
    if (got > 0) text += text_.feed({bytes.data(), static_cast<std::size_t>(got)});
    if (got == 0 || (got < 0 && errno != EINTR)) break;
    if (left == 1) cut_ = true;
  }
  text += text_.finish();
  if (!text.empty()) take(text);
}

/// Once, or again when what was to be pushed before cannot be.
void CommandRun::finish() {
  if (output_.get() >= 0 && pushes_ && !pending_.empty() && stragglers_left_ > 0) {
    --stragglers_left_;  // there may be more than the client could take so far
    straggler_ = loop_.after(kStragglers, [this] { finish(); });
    return;
  }
  limit_ = {};
  straggler_ = {};
  if (!std::exchange(finished_, true)) take_rest();
  if (pushes_) return line_->poke();
  if (told_) return ports_.over();
  told_ = true;
  running_ = {};
  quiet_ = {};
  if (ports_.answer) {
    std::exchange(ports_.answer, nullptr)(result());
    return ports_.over();
  }
  if (!line_ || line_->has_ended()) return ports_.over();
  told_ = false;
  begin_pushes();
}

/// The last of it, as a message of API Gateway has room for.
void CommandRun::add_output(wire::JsonObject& json) const {
  std::string output = whole_suffix(kept_, kMostOutput);
  bool is_cut = cut_ || output.size() < kept_.size();
  std::string text = wire::json_string(output);
  while (text.size() > kMostJson) {
    output = whole_suffix(output, output.size() / 2);
    text = wire::json_string(output);
    is_cut = true;
  }
  json.add_json("output", text);
  if (is_cut) json.add("truncated", true);
}

std::string CommandRun::result() const {
  wire::JsonObject inner;
  add_output(inner);
  inner.add("exitCode", exit_code_.value_or(0));
  return wire::JsonObject()
      .add("type", "command_result")
      .add("sessionId", session_)
      .add("commandId", id_)
      .add_json("result", inner.text())
      .add("timestamp", epoch_ms(std::chrono::system_clock::now()))
      .text();
}

/// Behind the last piece of output, when that has arrived, comes the result.
std::optional<std::string> CommandRun::next_frame() {
  if (!pushes_) return std::nullopt;
  if (!pending_.empty()) {
    const std::string piece(whole_prefix(pending_, kPieceBytes));
    pending_.erase(0, piece.size());
    if (pending_.size() <= kMostPending / 2 && !finished_ && output_.get() >= 0) reading_.start(output_.get());
    return wire::JsonObject()
        .add("type", "output")
        .add("sessionId", session_)
        .add("commandId", id_)
        .add("data", piece)
        .add("seq", seq_++)
        .text();
  }
  if (!finished_) return std::nullopt;
  if (std::exchange(told_, true)) {
    ports_.over();
    return std::nullopt;
  }
  running_ = {};
  if (!ports_.answer) return result();
  std::exchange(ports_.answer, nullptr)(result());
  ports_.over();
  return std::nullopt;
}

}  // namespace wsdeep::lab
