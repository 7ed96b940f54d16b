#include "lab/attachment.h"

#include <utility>

#include "wire/json_writer.h"

namespace wsdeep::lab {
namespace {

constexpr const char* kGap = "a key press before this one did not arrive within 5 s: attach again";

}  // namespace

std::string error_frame(std::string_view code, std::string_view text) {
  return wire::JsonObject().add("type", "error").add("code", code).add("error", text).text();
}

Attachment::Attachment(net::EventLoop& loop, PushClient& client, std::string session, std::string connection,
                       const std::string& push_url, const Screen& screen, InputOrder input, std::uint64_t first_output,
                       Ports ports)
    : loop_(loop),
      session_(std::move(session)),
      connection_(std::move(connection)),
      screen_(screen),
      ports_(std::move(ports)),
      queue_([this] { return screen_.repaint(); }, first_output),
      input_(std::move(input)) {
  if (push_url.empty()) return;  // nobody to push to: the terminal can be typed at, and looked at by attaching again
  line_.emplace(
      loop_, client, push_url, [this] { return next_frame(); }, [this](PushOutcome outcome) { ports_.lost(outcome); });
}

std::string Attachment::screen_frame(const OutputQueue::Piece& piece) const {
  return wire::JsonObject()
      .add("type", "screen")
      .add("sessionId", session_)
      .add("data", piece.data)
      .add("cols", screen_.cols())
      .add("rows", screen_.rows())
      .add("seq", piece.seq)
      .add("input", input_.next())
      .text();
}

std::string Attachment::first_screen() {
  watch_gap();  // of an earlier attachment
  queue_.start_over();
  std::string frame = screen_frame(*queue_.next());
  if (line_) line_->poke();
  return frame;
}

void Attachment::output(std::string_view text) {
  if (!line_) return;
  queue_.add(text);
  line_->poke();
}

void Attachment::repaint() {
  if (!line_) return;
  queue_.start_over();
  line_->poke();
}

void Attachment::end(std::string frame) {
  last_frame_ = std::move(frame);
  if (line_) line_->poke();
}

void Attachment::retire(std::string frame) {
  queue_ = OutputQueue([] { return std::string(); });
  end(std::move(frame));
}

bool Attachment::is_done() const {
  return !line_ || line_->has_ended() || (!last_frame_ && !queue_.has_more() && !line_->is_busy());
}

std::optional<std::string> Attachment::next_frame() {
  if (!told_gap_) {
    told_gap_ = true;
    return error_frame("input_gap", kGap);
  }
  if (const auto piece = queue_.next()) {
    if (piece->is_screen) return screen_frame(*piece);
    return wire::JsonObject()
        .add("type", "output")
        .add("sessionId", session_)
        .add("data", piece->data)
        .add("seq", piece->seq)
        .text();
  }
  return std::exchange(last_frame_, std::nullopt);
}

std::string Attachment::input(std::uint64_t number, std::string text) {
  if (!input_.has(number) && !ports_.takes_more())
    return error_frame("input_full",
                       "the program in the terminal does not read: this was not typed, send it again later");
  switch (input_.add(number, std::move(text), std::chrono::steady_clock::now())) {
    case InputOrder::Verdict::kTooFar:
      return error_frame("input_window", "more key presses wait for an earlier one than are kept: attach again");
    case InputOrder::Verdict::kBroken:
      return error_frame("input_gap", kGap);
    case InputOrder::Verdict::kTaken:
      break;
  }
  watch_gap();
  if (const std::string typed = input_.take(); !typed.empty()) ports_.type(typed);
  return wire::JsonObject().add("type", "input_ack").add("seq", number).text();
}

void Attachment::watch_gap() {
  const auto end = input_.deadline();
  if (!end) return gap_.cancel();
  gap_ = loop_.after(*end - std::chrono::steady_clock::now(), [this] {
    gap_ = {};
    if (!input_.is_broken(std::chrono::steady_clock::now())) return watch_gap();
    told_gap_ = false;
    if (line_) line_->poke();
  });
}

}  // namespace wsdeep::lab
