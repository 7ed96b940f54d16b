#include "lab/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/log.h"
#include "lab/packets.h"
#include "lab/thread_time.h"
#include "wire/json_writer.h"
#include "wire/lab_frames.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostCommandBytes = 32 * 1024;
constexpr std::chrono::seconds kLastWords{5};
constexpr std::chrono::milliseconds kDearScreen{4};
constexpr int kScreenRest = 20;  // times as long as it took to paint

}  // namespace

bool is_size(std::int64_t cols, std::int64_t rows) {
  return cols >= wire::kLabFewestColumns && cols <= wire::kLabMostColumns && rows >= wire::kLabFewestRows &&
         rows <= wire::kLabMostRows;
}

void Session::begin(OwnedDescriptor control) {
  control_ = std::move(control);
  readable_ = loop_.on_readable(control_.get(), [this] { serve_control(); });
}

void Session::serve_control() {
  const auto alive = shared_from_this();
  Packet packet = receive_packet(control_.get());
  if (packet.kind == Packet::Kind::kNothingYet) return;
  if (packet.kind == Packet::Kind::kEnd) {
    readable_ = {};
    if (auto started = std::exchange(ports_.started, nullptr)) started("its first process ended");
    return;
  }
  if (packet.data == "ready" && ports_.started) {
    if (packet.descriptors.size() != 1)
      return std::exchange(ports_.started, nullptr)("no descriptor is left for its terminal");
    take_terminal(std::move(packet.descriptors.front()));
    return std::exchange(ports_.started, nullptr)({});
  }
  if (packet.data.starts_with("failed ") && ports_.started)
    return std::exchange(ports_.started, nullptr)(packet.data.substr(7));
  unsigned long long id = 0;
  int status = 0;
  if (std::sscanf(packet.data.c_str(), "done %llu %d", &id, &status) != 2) return;
  if (const auto found = commands_.find(std::to_string(id)); found != commands_.end()) found->second->ended(status);
}

void Session::take_terminal(OwnedDescriptor master) {
  terminal_.emplace(
      loop_, std::move(master), [this](std::string_view bytes) { take_output(bytes); }, [] {});
  terminal_->resize(screen_.cols(), screen_.rows());
}

SessionRecord Session::record() const {
  SessionRecord record = record_;
  record.cols = screen_.cols();
  record.rows = screen_.rows();
  return record;
}

/// An editor that ends gives the screen that it covered back: what the client has there may be from before it attached.
void Session::take_output(std::string_view bytes) {
  const bool was_alternate = screen_.is_alternate();
  screen_.feed(bytes);
  const std::string text = text_.feed(bytes);  // half a character waits for its other half, whoever is there by then
  if (!attachment_) return;
  attachment_->output(text);
  if (was_alternate && !screen_.is_alternate()) attachment_->repaint();
}

void Session::use() {
  const auto now = std::chrono::system_clock::now();
  used_ = std::chrono::steady_clock::now();
  record_.last_use = epoch_ms(now);
  record_.idle_end = epoch_ms(now + times_.idle);
}

void Session::command(const std::string& text, const MessageSource& source, Answer answer) {
  if (text.empty() || text.size() > kMostCommandBytes || text.find('\0') != std::string::npos)
    return answer(error_frame("invalid_command", "command: expected a text of 1 to 32768 bytes"));
  if (commands_.size() >= kMostCommands)
    return answer(error_frame("busy", "four commands of this session run already"));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return answer(error_frame("busy", "no pipe is left for a command"));
  OwnedDescriptor output(ends[0]);
  const OwnedDescriptor inside(ends[1]);
  use();
  const std::string id = std::to_string(++last_command_);
  if (!send_packet(control_.get(), fmt::format("run {} {}", id, text), {inside.get()}))
    return answer(error_frame("busy", "the session takes no commands now"));
  const auto over = [weak = weak_from_this(), id, &loop = loop_] {
    loop.post([weak, id] {
      if (const auto self = weak.lock()) self->commands_.erase(id);
    });
  };
  const auto kill = [this, id] { send_packet(control_.get(), "kill " + id); };
  commands_.emplace(id, std::make_unique<CommandRun>(loop_, client_, record_.id, id, source.push_url, std::move(output),
                                                     times_.command, CommandRun::Ports{std::move(answer), kill, over}));
}

void Session::set_size(int cols, int rows) {
  use();
  screen_.resize(cols, rows);
  if (terminal_) terminal_->resize(cols, rows);
}

std::string Session::resize(int cols, int rows) {
  set_size(cols, rows);
  return wire::JsonObject()
      .add("type", "resize_ack")
      .add("cols", cols)
      .add("rows", rows)
      .add("timestamp", epoch_ms(std::chrono::system_clock::now()))
      .text();
}

InputOrder Session::input_of(const std::string& client) {
  const bool is_same = !client.empty() && client == client_name_;
  client_name_ = client;
  InputOrder input = is_same ? std::move(client_input_) : InputOrder();
  input.resume(std::chrono::steady_clock::now());
  return input;
}

/// Where who attaches next begins.
void Session::keep_attachments_place() {
  if (!attachment_) return;
  client_input_ = attachment_->input_order();
  next_output_ = attachment_->next_output();
}

/// Whoever is attached has got his last frame: he is not any more as soon as it has arrived.
void Session::let_go() {
  if (leaving_.size() >= kMostLeaving) leaving_.erase(leaving_.begin());
  const std::uint64_t number = ++last_leaving_;
  Leaving& one = leaving_[number];
  one.attachment = std::move(attachment_);
  one.patience = loop_.after(kLastWords, [this, number] {
    const auto found = leaving_.find(number);
    if (!found->second.attachment->is_done())
      log_warn("a client was not told why its terminal ends", {{"sessionId", record_.id}});
    leaving_.erase(found);
  });
}

/// Who attaches again and again to a screen that is dear to paint takes the loop from other sessions.
std::string Session::attach(int cols, int rows, const std::string& client, const MessageSource& source) {
  if (std::chrono::steady_clock::now() < screen_rest_end_)
    return error_frame("busy", "the screen, which takes long to paint, was painted just now: attach again in a moment");
  const auto begin = thread_time();
  set_size(cols, rows);
  keep_attachments_place();
  const bool is_same = !client.empty() && client == client_name_;
  InputOrder input = input_of(client);
  if (attachment_ && attachment_->connection() != source.connection && !is_same) {
    attachment_->retire(
        wire::JsonObject().add("type", "detached").add("reason", "the session was attached elsewhere").text());
    let_go();
  }
  // Back again before it was told that it had lost the terminal.
  std::erase_if(leaving_, [&](const auto& one) { return one.second.attachment->connection() == source.connection; });
  const auto lost = [weak = weak_from_this(), connection = source.connection, &loop = loop_](PushOutcome) {
    loop.post([weak, connection] {
      if (const auto self = weak.lock()) self->drop_connection(connection);
    });
  };
  attachment_ = std::make_unique<Attachment>(
      loop_, client_, record_.id, source.connection, source.push_url, screen_, std::move(input), next_output_,
      Attachment::Ports{[this] { return terminal_ && terminal_->takes_more(); },
                        [this](std::string_view text) { terminal_->type(text); }, lost});
  std::string screen = attachment_->first_screen();
  const auto taken = thread_time() - begin;
  if (taken > kDearScreen) screen_rest_end_ = std::chrono::steady_clock::now() + kScreenRest * taken;
  return screen;
}

std::string Session::input(const MessageSource& source, std::uint64_t number, std::string text) {
  if (!attachment_ || attachment_->connection() != source.connection)
    return error_frame("not_attached", "this connection is not attached to the session: attach first");
  use();
  return attachment_->input(number, std::move(text));
}

std::string Session::detach(const MessageSource& source) {
  drop_connection(source.connection);
  return wire::JsonObject().add("type", "detached").text();
}

void Session::drop_connection(const std::string& connection) {
  std::erase_if(leaving_, [&](const auto& one) { return one.second.attachment->connection() == connection; });
  if (!attachment_ || attachment_->connection() != connection) return;
  keep_attachments_place();
  attachment_.reset();
}

void Session::end(const std::string& reason) {
  if (end_reason_.empty()) end_reason_ = reason;
  ports_.kill();
}

void Session::jail_ended(int exit_code) {
  if (is_over()) return;
  if (auto started = std::exchange(ports_.started, nullptr)) started("its first process ended");
  if (terminal_ && !terminal_->drain())
    log_warn("the last output of a terminal takes too long to understand, and is lost", {{"sessionId", record_.id}});
  close(end_reason_.empty() ? "exit" : end_reason_, exit_code);
}

void Session::close(const std::string& reason, int exit_code) {
  record_.ended = true;
  record_.end_reason = reason;
  record_.exit_code = exit_code;
  for (const auto& [id, command] : commands_) command->abandon("the session has ended: " + reason);
  if (!attachment_) return;
  attachment_->end(wire::JsonObject()
                       .add("type", "session_end")
                       .add("sessionId", record_.id)
                       .add("exitCode", exit_code)
                       .add("reason", reason)
                       .text());
  let_go();
}

bool Session::is_silent() const {
  return is_over() && commands_.empty() && std::all_of(leaving_.begin(), leaving_.end(), [](const auto& one) {
           return one.second.attachment->is_done();
         });
}

}  // namespace wsdeep::lab
