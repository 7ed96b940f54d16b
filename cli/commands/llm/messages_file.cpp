#include "commands/llm/messages_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_fields.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kMostMessages = 10'000;  // as a node takes them

/// A file under reading: it knows where in it a fault is.
struct Source {
  std::string_view text;
  const std::string& file;

  /// The fault at that byte of the text.
  Error fault(std::size_t byte, std::string_view cause) const {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    const std::size_t line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);
    return {ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", file, line, utf8_length(in_line) + 1, cause),
            R"(expected a list of {"role": "user", "content": "…"}, or one of them a line)"};
  }
};

/// A part of the text, and where it begins.
struct Part {
  std::string_view text;
  std::size_t offset = 0;
};

wire::Json parse_part(const Source& source, const Part& part) {
  try {
    return wire::Json::parse(part.text);
  } catch (const wire::Json::parse_error& error) {
    throw source.fault(part.offset + (error.byte == 0 ? 0 : error.byte - 1), "not JSON");
  } catch (const wire::Json::exception&) {
    throw source.fault(part.offset, "a number is too large");
  }
}

/// Brackets within each other would be taken by a recursive parser: one level of objects is all that a message needs.
void check_depth(const Source& source) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < source.text.size(); ++at) {
    const char c = source.text[at];
    if (c == '\0') throw source.fault(at, "a NUL byte");
    if (in_string && c == '\\')
      ++at;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      ++depth;
    else if (!in_string && (c == '}' || c == ']'))
      depth -= depth > 0 ? 1 : 0;
    if (depth > wire::kMaxJsonDepth) throw source.fault(at, "nested too deep");
  }
}

/// The elements of a list that is JSON.
std::vector<Part> elements_of(std::string_view list) {
  std::vector<Part> parts;
  std::size_t depth = 0, begin = 0;
  bool in_string = false;
  const auto end_at = [&](std::size_t at) {
    const std::size_t first = list.find_first_not_of(" \t\r\n", begin);
    if (first < at) parts.push_back({list.substr(first, at - first), first});
    begin = at + 1;
  };
  for (std::size_t at = list.find('['); at < list.size(); ++at) {
    const char c = list[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth == 1) begin = at + 1;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) end_at(at);
    } else if (c == ',' && depth == 1) {
      end_at(at);
    }
  }
  return parts;
}

std::vector<Part> lines_of(std::string_view text) {
  std::vector<Part> parts;
  for (const std::string_view line : split(text, '\n'))
    if (const std::string_view part = trim(line); !part.empty())
      parts.push_back({part, static_cast<std::size_t>(part.data() - text.data())});
  return parts;
}

std::string text_field(const Source& source, const Part& part, const wire::Json& message, const char* name) {
  const auto field = message.find(name);
  if (field == message.end()) throw source.fault(part.offset, fmt::format("a message without \"{}\"", name));
  if (!field->is_string())
    throw source.fault(part.offset, fmt::format("\"{}\" is {}, not a string", name, wire::kind_of(*field)));
  return field->get<std::string>();
}

ChatMessage read_message(const Source& source, const Part& part) {
  const wire::Json message = parse_part(source, part);
  if (!message.is_object())
    throw source.fault(part.offset, fmt::format("expected a message, got {}", wire::kind_of(message)));
  ChatMessage read{text_field(source, part, message, "role"), text_field(source, part, message, "content")};
  if (read.role == "system" || read.role == "user" || read.role == "assistant") return read;
  const auto near = closest(read.role, {"system", "user", "assistant"});
  throw source.fault(part.offset, fmt::format("unknown role '{}'{}", printable(read.role),
                                              near ? fmt::format(", did you mean '{}'?", *near) : ""));
}

}  // namespace

std::vector<ChatMessage> parse_messages(std::string_view text, const std::string& file) {
  const Source source{text, file};
  if (!is_utf8(text)) throw source.fault(0, "not valid UTF-8");
  check_depth(source);
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  if (first == text.size()) throw source.fault(0, "there is no message");
  const bool is_list = text[first] == '[';
  if (is_list) parse_part(source, {text, 0});
  const std::vector<Part> parts = is_list ? elements_of(text) : lines_of(text);
  if (parts.empty()) throw source.fault(first, "there is no message");
  if (parts.size() > kMostMessages) throw source.fault(0, fmt::format("more than {} messages", kMostMessages));
  std::vector<ChatMessage> messages;
  for (const Part& part : parts) messages.push_back(read_message(source, part));
  return messages;
}

}  // namespace wsdeep::commands
