#include "load/plan/stages_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kMaxStages = 1000;
constexpr std::size_t kLongestName = 40;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = line.find_first_not_of(kBlanks, at)) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

class StagesParser {
 public:
  explicit StagesParser(const SourceFile& file) : file_(file) {}

  std::vector<Stage> parse() {
    Lines lines(file_.text());
    while (const auto line = lines.next())
      if (const auto words = words_of(*line); !words.empty()) add(words);
    if (stages_.empty()) throw file_.fault(0, "expected a stage, such as '5m 10/s'");
    return std::move(stages_);
  }

 private:
  void add(std::vector<std::string_view> words) {
    if (words.size() > 3 || words.size() < 2)
      throw fault_at(words.back(),
                     "expected a stage: its name, if it has one, its duration and its rate, such as "
                     "'warm 5m 10/s' or '2m 10/s..50/s'");
    if (stages_.size() == kMaxStages) throw fault_at(words[0], fmt::format("more than {} stages", kMaxStages));
    Stage stage{.name = words.size() == 3 ? name_in(words[0]) : fmt::format("{}", stages_.size() + 1)};
    if (named(stage.name)) throw fault_at(words[0], fmt::format("a second stage '{}'", stage.name));
    stage.duration = read(words[words.size() - 2], parse_span, "the stage's duration");
    read_rates(stage, words.back());
    stages_.push_back(std::move(stage));
  }

  void read_rates(Stage& stage, std::string_view word) {
    const std::size_t dots = word.find("..");
    stage.rate_from = read(word.substr(0, dots), parse_stage_rate, "the stage's rate");
    stage.rate_to = stage.rate_from;
    if (dots != std::string_view::npos)
      stage.rate_to = read(word.substr(dots + 2), parse_stage_rate, "the stage's rate");
  }

  /// Names stand in levels, in files and as labels: nothing in them may end one there.
  std::string name_in(std::string_view word) const {
    if (word.size() > kLongestName || word.find_first_not_of(kNameCharacters) != std::string_view::npos)
      throw fault_at(word, fmt::format("a stage's name is up to {} letters, digits and any of -_., got '{}'",
                                       kLongestName, printable(word)));
    return std::string(word);
  }

  bool named(std::string_view name) const {
    return std::any_of(stages_.begin(), stages_.end(), [&](const Stage& stage) { return stage.name == name; });
  }

  Error fault_at(std::string_view word, const std::string& cause) const {
    return file_.fault(static_cast<std::size_t>(word.data() - file_.text().data()), cause);
  }

  /// What `parser` makes of the word; its fault says where the word stands.
  template <typename Value>
  Value read(std::string_view word, Value (*parser)(std::string_view, std::string_view), std::string_view what) const {
    try {
      return parser(word, what);
    } catch (const Error& error) {
      throw fault_at(word, error.what());
    }
  }

  const SourceFile& file_;
  std::vector<Stage> stages_{};
};

}  // namespace

std::vector<Stage> parse_stages(const SourceFile& file) {
  return StagesParser(file).parse();
}

}  // namespace wsdeep::load
