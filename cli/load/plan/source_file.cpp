#include "load/plan/source_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::load {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Where `text` stops being UTF-8.
std::size_t end_of_utf8(std::string_view text) {
  const std::string mended = well_formed_utf8(text);
  const auto differ = std::mismatch(text.begin(), text.end(), mended.begin(), mended.end());
  return static_cast<std::size_t>(differ.first - text.begin());
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  if (trim(text_).empty()) throw Error(ErrorKind::kUsage, fmt::format("{}: there is nothing in this file", name_));
  if (!is_utf8(text_)) throw fault(end_of_utf8(text_), "the text is no UTF-8 here");
}

SourceFile SourceFile::read(const Files& files, const std::string& path, std::size_t limit) {
  auto text = files.read(path, limit);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: no such file", path));
  return {path, *std::move(text)};
}

Error SourceFile::fault(std::size_t at, const std::string& cause) const {
  const std::string_view before = std::string_view(text_).substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::size_t column = utf8_length(before.substr(begin)) + 1;
  return {ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", name_, line, column, cause)};
}

std::optional<std::string_view> Lines::next() {
  if (at_ >= text_.size()) return std::nullopt;
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string_view line = text_.substr(at_, end - at_);
  at_ = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace wsdeep::load
