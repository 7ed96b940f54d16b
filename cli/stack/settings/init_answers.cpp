#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "stack/diagnostic.h"
#include "stack/settings/initial_settings.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kNoValue = "none";
constexpr std::string_view kLater = "fill in later";

/// Every item, trimmed, in its form. Throws Error{kUsage}.
std::string checked_value(const Question& question, std::string_view value, const std::string& hint) {
  if (value == kNoValue && question.standard.empty()) return {};
  std::vector<std::string> items;
  for (const std::string_view part : question.is_list ? split(value, ',') : std::vector<std::string_view>{value}) {
    items.emplace_back(trim(part));
    if (!question.rule.holds(items.back()))
      throw Error(ErrorKind::kUsage,
                  fmt::format("expected {}, got {}", question.rule.expected, quote_value(items.back())), hint);
  }
  return join(items, ",");
}

}  // namespace

void InitAnswers::set(const Question& question, const std::vector<std::string>& words) {
  Answer answer;
  const std::vector<std::string> known = question.may_differ ? environments() : std::vector<std::string>{};
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const bool has_name = equals != std::string::npos;
    if (has_name && std::find(known.begin(), known.end(), name) != known.end()) {
      answer.of[name] = checked_value(question, word.substr(equals + 1), {});
      continue;
    }
    const std::string hint =
        has_name && !known.empty() ? fmt::format("the environments are {}", join(known, ", ")) : "";
    const std::string value = checked_value(question, word, hint);
    answer.all = answer.all && question.is_list ? fmt::format("{},{}", *answer.all, value) : value;
  }
  answers_[std::string(question.key)] = std::move(answer);
}

std::string InitAnswers::get(std::string_view key, std::string_view environment) const {
  const auto answer = answers_.find(key);
  if (answer != answers_.end()) {
    if (const auto own = answer->second.of.find(environment); own != answer->second.of.end()) return own->second;
    if (answer->second.all) return *answer->second.all;
  }
  const auto& questions = init_questions();
  const auto question =
      std::find_if(questions.begin(), questions.end(), [&](const Question& q) { return q.key == key; });
  return question->derived != nullptr ? question->derived(*this, environment) : std::string(question->standard);
}

std::vector<std::string> InitAnswers::environments() const {
  const std::string names = get("environments");
  const auto parts = split(names, ',');
  return {parts.begin(), parts.end()};
}

bool InitAnswers::any(std::string_view key, std::string_view value) const {
  const auto names = environments();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return get(key, name) == value; });
}

bool InitAnswers::all(std::string_view key, std::string_view value) const {
  const auto names = environments();
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) { return get(key, name) == value; });
}

bool InitAnswers::has(std::string_view key) const {
  return !all(key, "");
}

bool InitAnswers::says_nothing(const Question& question) const {
  InitAnswers without = *this;
  if (without.answers_.erase(std::string(question.key)) == 0) return false;
  const auto is_same = [&](const std::string& environment) {
    return get(question.key, environment) == without.get(question.key, environment);
  };
  const auto names = environments();
  const bool holds_anyhow = is_same({}) && std::all_of(names.begin(), names.end(), is_same);
  return !holds_anyhow && initial_settings(*this) == initial_settings(without);
}

std::string InitAnswers::written(const Question& question) const {
  const std::string common = get(question.key);
  std::string text(common.empty() ? kNoValue : is_placeholder_certificate(common) ? kLater : std::string_view(common));
  const auto answer = answers_.find(question.key);
  if (answer == answers_.end()) return text;
  for (const auto& [name, value] : answer->second.of)
    text += fmt::format(" {}={}", name, value.empty() ? kNoValue : value);
  return text;
}

}  // namespace wsdeep::stack
