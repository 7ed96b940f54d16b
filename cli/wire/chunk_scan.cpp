#include "wire/chunk_scan.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "wire/json_scanner.h"
#include "wire/server_frame_names.h"

namespace wsdeep::wire {
namespace {

bool scan_offsets(JsonScanner& scanner, std::vector<std::uint32_t>& offsets_us) {
  std::vector<double> offsets_ms;
  if (!scanner.read_numbers(offsets_ms)) return false;
  offsets_us.clear();
  for (const double offset_ms : offsets_ms) {
    const double us = std::round(offset_ms * 1000);
    if (!(us >= 0 && us <= std::numeric_limits<std::uint32_t>::max())) return false;
    offsets_us.push_back(static_cast<std::uint32_t>(us));
  }
  return true;
}

class ChunkScan {
 public:
  explicit ChunkScan(std::string_view body) : scanner_(body) {}

  std::optional<Chunk> run() {
    const bool whole = scanner_.read_object([this](std::string_view name) { return read_top(name); });
    if (!whole || !scanner_.at_end() || action_ != kChunkAction || !has_text_) return std::nullopt;
    return std::move(chunk_);
  }

 private:
  bool read_top(std::string_view name) {
    if (name == "action") return scanner_.read_string(action_);
    // Twice: the last one counts, which this one would mix with the first.
    if (name != "data" || std::exchange(has_data_, true)) return false;
    return scanner_.read_object([this](std::string_view field) { return read_field(field); });
  }
  bool read_field(std::string_view name) {
    if (name == "text") return has_text_ = scanner_.read_string(chunk_.text);
    if (name == "reasoning") return scanner_.read_string(chunk_.reasoning.emplace());
    if (name == "messageId") return scanner_.read_string(chunk_.message_id);
    if (name == "seq") return scanner_.read_integer(chunk_.seq);
    if (name == "timestamp") return scanner_.read_integer(chunk_.timestamp_ms);
    if (name == "tokens") return scanner_.read_integer(chunk_.tokens.emplace());
    if (name == "isComplete") return scanner_.read_boolean(chunk_.is_complete);
    if (name == "textWasReasoning") return scanner_.read_boolean(chunk_.text_was_reasoning);
    return name == "tokenOffsetsMs" && scan_offsets(scanner_, chunk_.token_offsets_us);
  }

  JsonScanner scanner_;
  Chunk chunk_;
  std::string action_;
  bool has_data_ = false;
  bool has_text_ = false;
};

}  // namespace

std::optional<Chunk> scan_chunk(std::string_view body) {
  return is_utf8(body) ? ChunkScan(body).run() : std::nullopt;
}

}  // namespace wsdeep::wire
