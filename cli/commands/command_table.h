#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wsdeep::commands {

/// What help texts, man page and completions say about an option or a positional argument.
struct OptionInfo {
  std::vector<std::string> names;  ///< `-m`, `--message`; empty for a positional
  std::string label;               ///< name of the positional
  std::string text;
  std::string fallback;              ///< default, or empty
  std::string variable;              ///< environment variable, or empty
  std::vector<std::string> choices;  ///< the values that it accepts, when they are few
  bool takes_value = false;
  bool required = false;
};

/// One command with those below it, read off the parser's own table.
struct CommandInfo {
  std::string path;  ///< `wsdeep users create`
  std::string name;  ///< `create`
  std::string text;
  std::string footer;
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> positionals;
  std::vector<CommandInfo> commands;
};

CommandInfo describe_command(const CLI::App& app, const std::string& parent = {});

/// roff, for man(1).
std::string man_page(const CommandInfo& root);
std::string bash_completion(const CommandInfo& root);
std::string zsh_completion(const CommandInfo& root);
std::string fish_completion(const CommandInfo& root);

}  // namespace wsdeep::commands
