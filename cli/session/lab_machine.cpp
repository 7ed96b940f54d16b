#include "session/lab_machine.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/random.h"
#include "base/utf8.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;

/// Keys of one frame: more than a person types at once, and with every byte escaped less than a frame may hold.
constexpr std::size_t kMostInFrame = 4096;
/// Frames that are not acknowledged; the server puts in order what they overtake.
constexpr std::size_t kMostUnderWay = 8;
/// A paste waits where it comes from beyond this. Without a connection it does not, or nobody could leave: it is held
/// up to the other, and then thrown away.
constexpr std::size_t kMostTyped = 64 * 1024;
constexpr std::size_t kMostTypedBlind = std::size_t{1} << 20;
constexpr std::size_t kMostHeldBytes = std::size_t{1} << 20;
constexpr std::size_t kMostHeld = 512;
constexpr int kMostSilences = 3;
constexpr milliseconds kFirstPause{500};
constexpr milliseconds kLongestPause{10'000};

/// What no attaching helps against.
bool ends_session(const std::string& code) {
  return code == "session_ended" || code == "forbidden";
}

bool asks_to_attach(const std::string& code) {
  return code == "not_attached" || code == "input_gap" || code == "input_window";
}

}  // namespace

LabSize nearest_lab_size(const LabSize& window) {
  return {std::clamp(window.columns, wire::kLabFewestColumns, wire::kLabMostColumns),
          std::clamp(window.rows, wire::kLabFewestRows, wire::kLabMostRows)};
}

LabMachine::LabMachine(Link& link, const Clock& clock, const LabOptions& options, LabView& view)
    : options_(options),
      clock_(clock),
      view_(view),
      client_(random_uuid()),
      size_(nearest_lab_size(options.size)),
      told_size_(size_),
      connection_(link, clock, options.connection, *this) {}

// ---- keys and size ----

void LabMachine::type(std::string_view bytes) {
  if (over_) return;
  if (!attached_ && typed_.size() + bytes.size() > kMostTypedBlind) discards_ = true;
  if (discards_) return view_.on_discarded();
  tail_ += bytes;
  const std::size_t whole = tail_.size() - unfinished_utf8(tail_);
  typed_ += well_formed_utf8(std::string_view(tail_).substr(0, whole));
  tail_.erase(0, whole);
  pump();
}

bool LabMachine::takes_more() const {
  return !attached_ || typed_.size() < kMostTyped;
}

void LabMachine::pump() {
  while (attached_ && !typed_.empty() && sent_.size() < kMostUnderWay) {
    std::size_t size = std::min(typed_.size(), kMostInFrame);
    size -= unfinished_utf8(std::string_view(typed_).substr(0, size));
    Sent sent{typed_.substr(0, size), clock_.steady_now()};
    if (!connection_.send(encode(wire::LabInput{sent.data, next_input_}))) return;
    typed_.erase(0, size);
    sent_.emplace(next_input_++, std::move(sent));
  }
  connection_.arm();
}

void LabMachine::resize(const LabSize& size) {
  size_ = nearest_lab_size(size);
  send_size();
}

/// One at a time: two of them could overtake each other.
void LabMachine::send_size() {
  if (!attached_ || resize_sent_ || size_ == told_size_) return;
  if (!connection_.send(encode(wire::LabResize{size_.columns, size_.rows}))) return;
  told_size_ = size_;
  resize_sent_ = clock_.steady_now();
  connection_.arm();
}

void LabMachine::repaint() {
  if (attached_) attach();
}

void LabMachine::leave() {
  over_ = true;
  connection_.close();
}

// ---- attaching ----

void LabMachine::on_open(bool) {
  attach();
}

void LabMachine::on_lost(const Loss& loss, milliseconds wait) {
  attached_ = false;
  attach_sent_.reset();
  attach_at_.reset();
  gap_since_.reset();
  view_.on_lost(loss, wait);
  view_.on_room();
}

void LabMachine::attach() {
  if (over_ || !connection_.send(encode(wire::LabAttach{size_.columns, size_.rows, client_}))) return;
  attached_ = false;
  attach_at_.reset();
  attach_sent_ = clock_.steady_now();
  told_size_ = size_;
  resize_sent_.reset();
  gap_since_.reset();
  held_.clear();  // the screen shows it
  held_bytes_ = 0;
  connection_.arm();
}

void LabMachine::attach_later(milliseconds wait) {
  if (attach_at_) return;
  attached_ = false;
  attach_sent_.reset();
  attach_at_ = clock_.steady_now() + wait;
  connection_.arm();
  view_.on_room();
}

std::optional<SteadyTime> LabMachine::due() const {
  std::optional<SteadyTime> due = attach_at_;
  const auto by = [&due](SteadyTime time) { due = std::min(due.value_or(time), time); };
  if (attach_sent_) by(*attach_sent_ + options_.answer_timeout);
  if (!attached_) return due;
  if (!sent_.empty()) by(sent_.begin()->second.at + options_.answer_timeout);
  if (resize_sent_) by(*resize_sent_ + options_.answer_timeout);
  if (gap_since_) by(*gap_since_ + options_.gap_timeout);
  return due;
}

/// Whatever did not come: all of it is right again after attaching. Where even that is not answered the connection
/// leads nowhere.
void LabMachine::on_due() {
  if (attach_sent_ && ++failures_ >= kMostSilences) {
    failures_ = 0;
    return connection_.lose("the lab does not answer");
  }
  const bool is_silent = attach_sent_.has_value();
  attach();
  if (is_silent) view_.on_room();
}

void LabMachine::on(const wire::LabScreen& frame) {
  const bool is_answer = attach_sent_ && (frame.input || !tells_input_);
  if (!is_answer && (!attached_ || frame.seq < next_output_)) return;
  if (is_answer) {
    attach_sent_.reset();
    attached_ = true;
    discards_ = false;
    connection_.worked();
    settle_input(frame.input);
  }
  view_.on_screen(frame.data);
  next_output_ = frame.seq;
  show_held();
  send_size();
  pump();
  if (sent_.empty()) failures_ = 0;
  if (takes_more()) view_.on_room();
}

/// What was under way goes out again from where the server is; where it does not say, or has forgotten, it may have
/// arrived: typing a command twice is worse than typing it again by hand.
void LabMachine::settle_input(std::optional<std::int64_t> next) {
  tells_input_ = tells_input_ || next;
  const std::int64_t first = sent_.empty() ? next_input_ : sent_.begin()->first;
  if (!next || *next < first || *next > next_input_) {
    std::size_t bytes = 0;
    for (const auto& [seq, sent] : sent_) bytes += sent.data.size();
    sent_.clear();
    next_input_ = next.value_or(0);
    if (bytes > 0) view_.on_unsure(bytes);
    return;
  }
  sent_.erase(sent_.begin(), sent_.lower_bound(*next));
  for (auto& [seq, sent] : sent_) {
    connection_.send(encode(wire::LabInput{sent.data, seq}));
    sent.at = clock_.steady_now();
  }
}

// ---- what the terminal shows ----

void LabMachine::on(const wire::LabOutput& frame) {
  if (!frame.command_id.empty() || (!attached_ && !attach_sent_) || (attached_ && frame.seq < next_output_)) return;
  if (held_.emplace(frame.seq, frame.data).second) held_bytes_ += frame.data.size();
  if (attached_) show_held();
  if (held_.size() > kMostHeld || held_bytes_ > kMostHeldBytes) attach();
}

void LabMachine::show_held() {
  while (!held_.empty() && held_.begin()->first <= next_output_) {
    const auto first = held_.extract(held_.begin());
    held_bytes_ -= first.mapped().size();
    if (first.key() < next_output_) continue;
    ++next_output_;
    gap_since_.reset();  // a gap behind it is another one
    view_.on_output(first.mapped());
  }
  if (held_.empty())
    gap_since_.reset();
  else if (!gap_since_)
    gap_since_ = clock_.steady_now();
  connection_.arm();
}

// ---- the rest ----

void LabMachine::on_frame(const std::string& text) {
  if (over_) return;
  std::optional<wire::LabFrame> frame;
  try {
    frame = wire::parse_lab_frame(text);
  } catch (const wire::FrameError&) {
    return;  // of a newer server
  }
  std::visit([this](const auto& known) { on(known); }, *frame);
}

void LabMachine::on(const wire::LabInputAck& frame) {
  if (sent_.erase(frame.seq) == 0) return;
  failures_ = 0;
  pump();
  if (takes_more()) view_.on_room();
}

void LabMachine::on(const wire::LabResizeAck&) {
  resize_sent_.reset();
  send_size();
}

void LabMachine::on(const wire::LabSessionEnd& frame) {
  view_.on_session_end(frame.exit_code, frame.reason);
  leave();
}

void LabMachine::on(const wire::LabFault& frame) {
  if (frame.code == "detached") {
    view_.on_taken(frame.text);
    return leave();
  }
  if (ends_session(frame.code)) {
    view_.on_session_end(std::nullopt, frame.text);
    return leave();
  }
  if (attach_at_) return;  // of several frames that were under way
  const bool at_once = asks_to_attach(frame.code) && failures_ == 0;
  const milliseconds pause = std::min(kFirstPause * (1 << std::min(failures_, 5)), kLongestPause);
  ++failures_;
  if (!asks_to_attach(frame.code)) view_.on_trouble(frame.text);
  attach_later(at_once ? milliseconds(0) : pause);
}

}  // namespace wsdeep::session
