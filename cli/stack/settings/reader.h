#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stack/settings/value_rules.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {

/// Where a value was written, by its path (`llm.certificate`, `network.subnets.1`). An override replaces the place.
using Places = std::map<std::string, Position, std::less<>>;

/// The text that is being read, and what was found wrong with it.
struct ReadContext {
  std::string_view text;
  std::string file;
  std::vector<Diagnostic> diagnostics;
  std::set<std::size_t> secret_lines;  ///< never shown, whatever else is wrong on them

  /// The diagnostics, without the lines that hold secrets.
  std::vector<Diagnostic> take_diagnostics();
  void report(Position at, std::string message, std::string hint = {}, Severity severity = Severity::kError);
};

/// Reads the keys of one map into variables, which keep their value when the key is missing or wrong. Every key that
/// was asked for is known; `finish` reports the others.
class SectionReader {
 public:
  /// `path` is the section's name in messages and places, empty for the top of the file.
  SectionReader(ReadContext& context, const YamlNode& node, std::string path, Places& places);

  /// The value of `key`, or nullptr when it is missing or empty (which is reported).
  const YamlNode* take(const std::string& key);
  void text(const std::string& key, std::string& out, const Rule& rule);
  void texts(const std::string& key, std::vector<std::string>& out, const Rule& rule);
  void integer(const std::string& key, std::int64_t& out, std::int64_t low, std::int64_t high);
  /// A decimal number, such as 0.7.
  void number(const std::string& key, double& out, double low, double high);
  void boolean(const std::string& key, bool& out);
  void map(const std::string& key, std::map<std::string, std::string>& out, const Rule& keys, const Rule& values);
  template <typename Choice>
  void choice(const std::string& key, Choice& out, const std::vector<std::pair<std::string, Choice>>& choices) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.push_back(name);
    const std::size_t index = index_of(key, names);
    if (index < choices.size()) out = choices[index].second;
  }
  /// Reports a `key` of earlier versions: why it is gone, and what is there instead. It is not listed as known.
  void retired(const std::string& key, std::string_view why, const std::string& instead);
  /// Reports that `key`, which no default can stand in for, is missing.
  void require(const std::string& key, std::string_view what);
  void finish();

  std::string path_of(std::string_view key) const;
  Position at() const { return node_.at; }
  ReadContext& context() { return context_; }
  Places& places() { return places_; }

 private:
  std::size_t index_of(const std::string& key, const std::vector<std::string>& names);
  bool check_text(const YamlNode& node, const Rule& rule);
  void report_unknown(const YamlNode& key);

  ReadContext& context_;
  const YamlNode& node_;
  std::string path_;
  Places& places_;
  std::vector<std::string> known_;
  std::vector<std::string> retired_;
};

}  // namespace wsdeep::stack
