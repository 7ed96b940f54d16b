#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load/measure/distribution.h"
#include "load/turn/run_clock.h"

/// How a report that a person reads says things, and the page that it is written on. For report/, and for
/// what shows a run while it goes on.
namespace wsdeep::load {

/// `420us`, `9.41ms`, `17.1ms`, `171ms`, `1.24s`, `125s`: three digits, so that a column can be read down.
std::string time_text(double microseconds);
/// `> 1.24s` when no more is known; `-` for nothing.
std::string quantile_text(const std::optional<Quantile>& quantile);
/// `95.7%`; `<0.1%` and `>99.9%` for what rounding would make nothing, or all.
std::string share_text(double share);
std::string share_text(std::uint64_t part, std::uint64_t whole);
/// The percentile of a share: `p50`, `p99.9`.
std::string percentile_name(double share);
/// `4.98/s`, `120/s`.
std::string rate_text(double per_second);
/// `12,345`
std::string count_text(std::uint64_t count);
/// A number of so many digits, or from 1,000 on a whole one, like a count.
std::string number_text(double number, int digits);

/// Heads, and what is said of them: the same for a screen and for a page of HTML.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// How a word that judges is meant, which its colour says too.
enum class Tone { kGood, kBad, kOpen };

/// As SGR sequences.
std::string_view plain_colour(Tone tone);
std::string_view bold_colour(Tone tone);

struct TonedWord {
  std::string_view word;
  Tone tone = Tone::kOpen;
};

/// Text that grows line by line.
class Page {
 public:
  /// Lines that say something in words are broken to fit `columns`; tables fit into 80.
  Page(std::size_t columns, bool colour) : columns_(columns), colour_(colour) {}

  void line(std::string_view text = {});
  /// A line of words below a head: the head stands at the left, what follows is indented below it.
  void say(std::string_view head, const std::string& words);
  void say(const Facts& facts);
  /// A heading in capitals stands above what it is about, after an empty line.
  void heading(const std::string& text);
  /// `text` in colour, where there are colours: an SGR sequence such as "31".
  std::string coloured(std::string_view sgr, std::string_view text) const;

  std::size_t columns() const { return columns_; }
  const std::string& text() const { return text_; }

 private:
  const std::size_t columns_;
  const bool colour_;
  std::string text_;
};

}  // namespace wsdeep::load
