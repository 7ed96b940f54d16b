#include "llm/engine/common_delta.h"

#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.h"

// One pass over the bytes, with a table of members for each object. A member that is in no table, one that comes twice
// (of which a document keeps the last), a value of another type: the shape is not the common one, and `ok_` says so to
// the end.

namespace wsdeep::llm {
namespace {

/// A cursor over JSON that knows what it expects. After the first surprise `ok()` is false, and the rest is skipped.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool ok() const { return ok_; }
  bool saw_more_than_ascii() const { return high_; }
  void fail() { ok_ = false; }
  bool at_end() {
    skip_blanks();
    return at_ == end_;
  }

  /// Takes `c` if it is next.
  bool accept(char c) {
    skip_blanks();
    if (!ok_ || at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  bool accept_null() {
    skip_blanks();
    constexpr std::string_view kNull = "null";
    if (!ok_ || !std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(kNull)) return false;
    at_ += kNull.size();
    return true;
  }

  /// The text between the quotes, as it is written; a string with an escape has to be `read`.
  std::string_view name() {
    expect('"');
    const char* const begin = at_;
    while (ok_ && at_ != end_ && *at_ != '"') {
      if (*at_ == '\\' || static_cast<unsigned char>(*at_) < 0x20) fail();
      note(*at_++);
    }
    const std::string_view found(begin, static_cast<std::size_t>(at_ - begin));
    expect_quote();
    return found;
  }
  void skip_string() {
    expect('"');
    while (ok_ && at_ != end_ && *at_ != '"') skip_or_append(nullptr);
    expect_quote();
  }
  void read_string(std::string& into) {
    into.clear();
    expect('"');
    while (ok_ && at_ != end_ && *at_ != '"') skip_or_append(&into);
    expect_quote();
  }
  /// Whole, not negative, and small enough for whatever it counts.
  std::int64_t count() {
    constexpr std::int64_t kMost = 100'000'000'000'000;
    skip_blanks();
    const char* const begin = at_;
    std::int64_t value = 0;
    for (; ok_ && at_ != end_ && *at_ >= '0' && *at_ <= '9' && value < kMost; ++at_) value = value * 10 + (*at_ - '0');
    const bool has_zero_in_front = at_ - begin > 1 && *begin == '0';
    if (at_ == begin || value >= kMost || has_zero_in_front) fail();
    if (at_ != end_ && (*at_ == '.' || *at_ == 'e' || *at_ == 'E')) fail();
    return value;
  }

  /// Each member of an object: `take` gets its name, and moves the cursor over its value.
  template <typename Take>
  void members(const Take& take) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string_view member = name();
      expect(':');
      if (ok_) take(member);
    } while (accept(','));
    expect('}');
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  void note(char c) { high_ = high_ || static_cast<unsigned char>(c) >= 0x80; }
  void expect_quote() {
    if (!ok_ || at_ == end_ || *at_ != '"') return fail();
    ++at_;
  }

  /// One character, or a run of plain ones.
  void skip_or_append(std::string* into) {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) note(*at_++);
    if (into != nullptr) into->append(begin, at_);
    if (at_ == end_ || *at_ == '"') return;
    if (*at_ != '\\' || end_ - at_ < 2) return fail();
    const char c = at_[1];
    at_ += 2;
    c == 'u' ? unicode(into) : plain_escape(c, into);
  }
  void plain_escape(char c, std::string* into) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = kEscapes.find(c);
    if (which == std::string_view::npos) return fail();
    if (into != nullptr) *into += kMeanings[which];
  }
  /// No half of a surrogate pair, and not NUL: rare, and left to the thorough reader.
  void unicode(std::string* into) {
    unsigned unit = 0;
    if (end_ - at_ < 4) return fail();
    for (int i = 0; i < 4; ++i, ++at_) {
      const std::size_t value = std::string_view("0123456789abcdefABCDEF").find(*at_);
      if (value == std::string_view::npos) return fail();
      unit = unit * 16 + static_cast<unsigned>(value < 16 ? value : value - 6);
    }
    if (unit == 0 || (unit >= 0xD800 && unit <= 0xDFFF)) return fail();
    if (into != nullptr) append_utf8(*into, unit);
  }
  static void append_utf8(std::string& text, unsigned unit) {
    if (unit < 0x80) {
      text += static_cast<char>(unit);
    } else if (unit < 0x800) {
      text += static_cast<char>(0xC0 | (unit >> 6));
      text += static_cast<char>(0x80 | (unit & 0x3F));
    } else {
      text += static_cast<char>(0xE0 | (unit >> 12));
      text += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (unit & 0x3F));
    }
  }

  const char* at_;
  const char* const end_;
  bool ok_ = true;
  bool high_ = false;
};

/// Which members of an object have been there.
template <std::size_t Count>
class Seen {
 public:
  explicit Seen(const std::array<std::string_view, Count>& names) : names_(names) {}

  /// The member's place in the table; fails the cursor for one that is not there, or comes again.
  std::size_t place(std::string_view name, Cursor& cursor) {
    for (std::size_t i = 0; i < Count; ++i)
      if (names_[i] == name && (seen_ & (1U << i)) == 0) {
        seen_ |= 1U << i;
        return i;
      }
    cursor.fail();
    return Count;
  }
  bool has(std::size_t place) const { return (seen_ & (1U << place)) != 0; }

 private:
  const std::array<std::string_view, Count>& names_;
  std::uint32_t seen_ = 0;
};

constexpr std::array<std::string_view, 8> kDelta = {"content",    "reasoning_content", "reasoning", "role",
                                                    "tool_calls", "function_call",     "refusal",   "audio"};
constexpr std::array<std::string_view, 7> kChoice = {"delta",       "index",        "finish_reason", "logprobs",
                                                     "stop_reason", "matched_stop", "token_ids"};
constexpr std::array<std::string_view, 6> kUsage = {
    "prompt_tokens",         "completion_tokens",         "total_tokens",
    "prompt_tokens_details", "completion_tokens_details", "reasoning_tokens"};
constexpr std::array<std::string_view, 9> kChunk = {
    "choices", "usage", "object", "id", "created", "model", "service_tier", "system_fingerprint", "prompt_token_ids"};

void skip_nothing(Cursor& cursor) {
  if (!cursor.accept_null()) cursor.fail();
}

void read_delta(Cursor& cursor, CommonDelta& delta) {
  Seen seen(kDelta);
  std::array<std::string, 3> texts;  // of the members that have one
  cursor.members([&](std::string_view name) {
    const std::size_t place = seen.place(name, cursor);
    if (place < texts.size()) {
      if (!cursor.accept_null()) cursor.read_string(texts[place]);
    } else if (name == "role") {
      if (!cursor.accept_null()) cursor.skip_string();
    } else if (name == "tool_calls" && cursor.accept('[')) {
      cursor.expect(']');
    } else {
      skip_nothing(cursor);
    }
  });
  std::string& thought = texts[1].empty() ? texts[2] : texts[1];
  if (texts[0].empty() == thought.empty()) return cursor.fail();  // neither, or both
  delta.reasoning = texts[0].empty();
  delta.text = std::move(delta.reasoning ? thought : texts[0]);
}

void read_choice(Cursor& cursor, CommonDelta& delta) {
  Seen seen(kChoice);
  cursor.members([&](std::string_view name) {
    const std::size_t place = seen.place(name, cursor);
    if (place == 0)
      read_delta(cursor, delta);
    else if (place == 1)
      cursor.count() == 0 ? void() : cursor.fail();
    else
      skip_nothing(cursor);
  });
}

void read_usage(Cursor& cursor, CommonDelta& delta) {
  Seen seen(kUsage);
  Usage usage;
  cursor.members([&](std::string_view name) {
    switch (seen.place(name, cursor)) {
      case 0:
        usage.prompt_tokens = cursor.count();
        break;
      case 1:
        usage.completion_tokens = cursor.count();
        break;
      case 2:
        cursor.count();
        break;
      case 5:
        usage.reasoning_tokens = cursor.count();
        break;
      default:
        skip_nothing(cursor);
    }
  });
  if (!seen.has(0) || !seen.has(1)) return cursor.fail();
  delta.usage = usage;
}

void read_chunk(Cursor& cursor, CommonDelta& delta) {
  Seen seen(kChunk);
  cursor.members([&](std::string_view name) {
    const std::size_t place = seen.place(name, cursor);
    if (place == 0) {
      cursor.expect('[');
      read_choice(cursor, delta);
      cursor.expect(']');
    } else if (place == 1) {
      if (!cursor.accept_null()) read_usage(cursor, delta);
    } else if (place == 2) {
      if (cursor.name() != "chat.completion.chunk") cursor.fail();
    } else if (name == "created") {
      cursor.count();
    } else if (!cursor.accept_null()) {
      cursor.skip_string();
    }
  });
}

}  // namespace

std::optional<CommonDelta> read_common_delta(std::string_view text) {
  Cursor cursor(text);
  CommonDelta delta;
  read_chunk(cursor, delta);
  const bool is_common = cursor.ok() && cursor.at_end() && !delta.text.empty();
  if (!is_common || (cursor.saw_more_than_ascii() && !is_utf8(text))) return std::nullopt;
  return delta;
}

}  // namespace wsdeep::llm
