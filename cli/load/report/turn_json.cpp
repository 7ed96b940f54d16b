// A line is put together by hand: there may be thousands a second, each with hundreds of pieces, and a document of
// nlohmann's for each would cost as much as the turn itself.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/encoding.h"
#include "base/utf8.h"
#include "load/report/records_file.h"
#include "load/report/words.h"

namespace wsdeep::load {

namespace {

/// The fields of one line, in their order.
class TurnLine {
 public:
  explicit TurnLine(std::string& out) : out_(out) { out_ += R"({"schema":"wsdeep.turn/1")"; }

  template <class Number>
  requires std::is_integral_v<Number>
  void number(std::string_view name, Number value) {
    key(name);
    append(value);
  }
  void instant(std::string_view name, Micros at) { maybe(name, at == kNever ? std::nullopt : std::optional(at)); }
  void maybe(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) return number(name, *value);
    key(name);
    out_ += "null";
  }
  void flag(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    out_ += '"';
    out_ += json_escape(well_formed_utf8(value));
    out_ += '"';
  }
  void offsets(std::string_view name, const std::vector<std::uint32_t>& values) {
    list(name, values, [this](std::uint32_t value) { append(value); });
  }
  void pieces(std::string_view name, const std::vector<Piece>& pieces) {
    list(name, pieces, [this](const Piece& piece) {
      out_ += '[';
      append(piece.at);
      out_ += ',';
      append(piece.tokens);
      out_ += ',';
      append(piece.bytes);
      out_ += ']';
    });
  }
  void end() { out_ += '}'; }

 private:
  void key(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  template <class Number>
  void append(Number value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
  }
  template <class Item, class Put>
  void list(std::string_view name, const std::vector<Item>& items, const Put& put) {
    key(name);
    out_ += '[';
    for (const Item& item : items) {
      if (&item != items.data()) out_ += ',';
      put(item);
    }
    out_ += ']';
  }

  std::string& out_;
};

void put_instants(TurnLine& line, const TurnRecord& record) {
  line.number("intended_at_us", record.intended);
  line.instant("send_at_us", record.send);
  line.instant("ack_at_us", record.ack);
  line.instant("first_at_us", record.first);
  line.instant("answer_at_us", record.answer);
  line.instant("last_at_us", record.last);
  line.instant("end_at_us", record.end);
}

void put_counts(TurnLine& line, const TurnRecord& record) {
  line.text("tokens_counted_by", file_word(record.counted_by));
  line.number("output_tokens", record.output_tokens);
  line.number("reasoning_tokens", record.reasoning_tokens);
  line.maybe("prompt_tokens", record.prompt_tokens);
  line.maybe("cached_prompt_tokens", record.cached_prompt_tokens);
  line.number("bytes_sent", record.bytes_sent);
  line.number("bytes_received", record.bytes_received);
  line.number("messages_sent", record.messages_sent);
  line.number("messages_received", record.messages_received);
  line.number("billed_messages", record.billed_messages);
  line.number("gaps", record.gaps);
  line.number("repeats", record.repeats);
  line.number("disorders", record.disorders);
  line.number("restarts", record.restarts);
}

void put_node_times(TurnLine& line, const TurnRecord& record) {
  line.maybe("queue_us", record.queue_us);
  line.maybe("prefill_us", record.prefill_us);
  line.maybe("arrived_at_node_us", record.arrived_at);
  line.offsets("token_offsets_us", record.token_offsets_us);
  line.instant("cancelled_at_us", record.cancelled_at);
  line.instant("slot_free_at_us", record.slot_free_at);
  line.number("wasted_tokens", record.wasted_tokens);
}

}  // namespace

std::string turn_json(const TurnRecord& record) {
  std::string out;
  out.reserve(1024 + 16 * record.pieces.size() + 8 * record.token_offsets_us.size());
  TurnLine line(out);
  line.number("index", record.index);
  line.text("plane", file_word(record.plane));
  line.number("stage", record.stage);
  line.number("conversation", record.conversation);
  line.number("turn", record.turn);
  put_instants(line, record);
  line.text("how", file_word(record.how));
  line.text("reason", record.reason);
  line.text("detail", record.detail);
  line.text("node", record.node);
  line.flag("moved", record.moved);
  put_counts(line, record);
  put_node_times(line, record);
  line.pieces("pieces", record.pieces);
  line.end();
  return out;
}

}  // namespace wsdeep::load
