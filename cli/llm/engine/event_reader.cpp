#include "llm/engine/event_reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "wire/lenient_json.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostLineBytes = 1 << 20;
constexpr std::size_t kMostStrayBytes = 1 << 20;
/// Each line more is one more attempt to read what there is of the event.
constexpr int kMostDataLines = 256;
constexpr std::string_view kBom = "\xEF\xBB\xBF";

/// Where the first line ends, or the size. (`find_first_of` asks of every byte whether it is one of the two.)
std::size_t line_end(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  return std::min(line.find('\r'), line.size());
}

}  // namespace

void EventReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(skip_lf_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = line_end(bytes);
    const bool is_whole = end < bytes.size();
    too_long_ = too_long_ || line_.size() + end > kMostLineBytes;
    if (too_long_)
      line_.clear();
    else if (!is_whole || !line_.empty())
      line_ += bytes.substr(0, end);
    if (!is_whole) return;
    const std::string_view here = bytes.substr(0, end);
    skip_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    std::exchange(too_long_, false) ? static_cast<void>(++ignored_) : take_line(line_.empty() ? here : line_);
    line_.clear();
  }
}

void EventReader::finish() {
  if (!line_.empty()) take_line(std::exchange(line_, {}));
  end_event();
  if (stray_.empty() || documents_ > 0) return;
  // A whole document over many lines, or lines of which the first one was broken.
  if (take_document(stray_, false)) return stray_.clear();
  for (const std::string_view line : split(stray_, '\n'))
    if (line.starts_with('{')) take_document(line, false);
}

void EventReader::take_line(std::string_view line) {
  if (!std::exchange(began_, true) && line.starts_with(kBom)) line.remove_prefix(kBom.size());
  if (trim(line).empty()) return end_event();
  if (!take_field(line)) take_stray(line);
}

/// A line of a server-sent event; false when it is none.
bool EventReader::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data")
    take_data(value);
  else if (name == "event")
    error_event_ = trim(value) == "error";
  else if (name == "error" && colon != std::string_view::npos)
    take_error(value);
  else
    return name.empty() || name == "id" || name == "retry";
  return true;
}

void EventReader::take_data(std::string_view text) {
  if (trim(text) == "[DONE]") {
    end_event();
    return sink_.on_done();
  }
  if (data_.empty() && take_document(text, error_event_)) return;
  if (!data_.empty()) data_ += '\n';
  data_ += text;
  if (++data_lines_ == 1) return;
  // What came before may have been a broken event without an empty line behind it.
  const bool whole = trim(text).ends_with('}') && take_document(data_, error_event_);
  const bool alone = !whole && take_document(text, error_event_);
  if (alone) ++ignored_;
  if (whole || alone || data_lines_ > kMostDataLines || data_.size() > kMostLineBytes) {
    if (!whole && !alone) ++ignored_;
    data_.clear();
    data_lines_ = 0;
  }
}

/// False when `text` is no document.
bool EventReader::take_document(std::string_view text, bool is_error) {
  if (!is_error && sink_.on_text && sink_.on_text(text)) {
    ++documents_;
    return true;
  }
  const auto document = wire::read_lenient_json(text);
  if (!document || (!is_error && !document->is_structured())) return false;
  ++documents_;
  sink_.on_document(*document, is_error);
  return true;
}

/// An error's words may stand there as they are.
void EventReader::take_error(std::string_view text) {
  if (take_document(text, true)) return;
  ++documents_;
  sink_.on_document(well_formed_utf8(text), true);
}

void EventReader::take_stray(std::string_view line) {
  const bool may_be_document = trim(line).starts_with('{') && (documents_ > 0 || stray_.empty());
  if (may_be_document && take_document(line, false)) return;
  if (documents_ > 0) ++ignored_;
  if (stray_.size() + line.size() < kMostStrayBytes) stray_.append(line) += '\n';
}

void EventReader::end_event() {
  if (!data_.empty()) error_event_ ? take_error(data_) : static_cast<void>(++ignored_);
  data_.clear();
  data_lines_ = 0;
  error_event_ = false;
}

}  // namespace wsdeep::llm
