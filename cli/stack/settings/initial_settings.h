#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/settings.h"
#include "stack/settings/value_rules.h"

/// The first wsdeep.yaml: what `wsdeep init` asks, and the commented file that the answers make.
namespace wsdeep::stack {

class InitAnswers;

struct Question {
  std::string_view key;    ///< names the answer: its path in wsdeep.yaml, where it has one
  std::string_view flag;   ///< of the command line, without the hyphens
  std::string_view topic;  ///< the questions of one topic are asked together
  std::string_view text;   ///< what is asked on a terminal, and what help says about the flag
  Rule rule;               ///< of every item
  bool is_list = false;
  bool may_differ = true;  ///< an environment may have an answer of its own
  /// What holds when nobody answers: this, or what the other answers say.
  std::string_view standard = {};
  std::string (*derived)(const InitAnswers& answers, std::string_view environment) = nullptr;
  /// Whether to ask after what has been answered; null: always.
  bool (*applies)(const InitAnswers& answers) = nullptr;
};

/// In the order in which they are asked.
const std::vector<Question>& init_questions();

/// Answers as they are written: items of a list with commas between them.
class InitAnswers {
 public:
  /// Takes the words of one answer: VALUE for all environments, ENVIRONMENT=VALUE for one of them, `none` for no
  /// value. Throws Error{kUsage}, and has then taken nothing.
  void set(const Question& question, const std::vector<std::string>& words);

  /// What was answered for that environment, else for all of them, else the standard.
  std::string get(std::string_view key, std::string_view environment = {}) const;
  std::vector<std::string> environments() const;
  /// Whether some environment's answer is `value`.
  bool any(std::string_view key, std::string_view value) const;
  /// Whether every environment's answer is `value`.
  bool all(std::string_view key, std::string_view value) const;
  /// Whether some environment has an answer that is not empty.
  bool has(std::string_view key) const;
  /// Whether the file would be the same without what was said to this question, and that is not what holds anyhow.
  bool says_nothing(const Question& question) const;
  /// As `set` takes it: the common answer, then those of single environments.
  std::string written(const Question& question) const;

 private:
  struct Answer {
    std::optional<std::string> all;
    std::map<std::string, std::string, std::less<>> of;  ///< by environment
  };
  std::map<std::string, Answer, std::less<>> answers_;
};

/// A commented wsdeep.yaml, which parses without diagnostics when the answers go together.
std::string initial_settings(const InitAnswers& answers);

/// Paths of the settings that still hold a placeholder of `initial_settings`: nothing can be deployed with them.
std::vector<std::string> unfilled(const EnvironmentSettings& settings);

/// An ARN that no certificate has, so that the file is complete and `unfilled` finds what a deployment needs.
std::string placeholder_certificate(std::string_view region, std::string_view account);
bool is_placeholder_certificate(std::string_view arn);

}  // namespace wsdeep::stack
