#include <fmt/format.h>

#include <functional>

#include "base/text.h"
#include "commands/command_table.h"

namespace wsdeep::commands {
namespace {

void for_each_command(const CommandInfo& command, const std::function<void(const CommandInfo&)>& visit) {
  visit(command);
  for (const CommandInfo& sub : command.commands) for_each_command(sub, visit);
}

/// The words that may follow a command: its subcommands, or its options.
std::vector<std::string> next_words(const CommandInfo& command) {
  std::vector<std::string> words;
  for (const CommandInfo& sub : command.commands) words.push_back(sub.name);
  for (const OptionInfo& option : command.options)
    for (const std::string& name : option.names) words.push_back(name);
  return words;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// zsh splits `name:text` and `[text]` at these.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string bash_completion(const CommandInfo& root) {
  std::string cases, values;
  for_each_command(root, [&](const CommandInfo& command) {
    cases += fmt::format("    '{}') words='{}' ;;\n", command.path, join(next_words(command), " "));
    for (const OptionInfo& option : command.options)
      if (!option.choices.empty())
        values +=
            fmt::format("    '{} {}') words='{}' ;;\n", command.path, option.names.back(), join(option.choices, " "));
  });
  return fmt::format(R"(# bash completion of wsdeep; generated from its command table
_wsdeep() {{
  local words='' path='wsdeep' i word current="${{COMP_WORDS[COMP_CWORD]}}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$path $word" in
{}    esac
  done
  case "$path ${{COMP_WORDS[COMP_CWORD-1]}}" in
{}    *) case "$path" in
{}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _wsdeep wsdeep
)",
                     [&] {
                       std::string paths;
                       for_each_command(root, [&](const CommandInfo& command) {
                         if (&command != &root) paths += fmt::format("      '{0}') path='{0}' ;;\n", command.path);
                       });
                       return paths;
                     }(),
                     values, cases);
}

std::string zsh_completion(const CommandInfo& root) {
  std::string text = "#compdef wsdeep\n# generated from wsdeep's command table\n";
  for_each_command(root, [&](const CommandInfo& command) {
    std::string function = "_" + command.path;
    for (char& c : function)
      if (c == ' ' || c == '-') c = '_';
    text += fmt::format("\n{}() {{\n", function);
    if (!command.commands.empty()) {
      text += "  local -a commands\n  commands=(\n";
      for (const CommandInfo& sub : command.commands)
        text += fmt::format("    {}\n", single_quoted(sub.name + ":" + zsh_text(sub.text)));
      text +=
          "  )\n  _arguments -C '1: :->command' '*:: :->rest'\n  case $state in\n"
          "    command) _describe command commands ;;\n    rest) case $words[1] in\n";
      for (const CommandInfo& sub : command.commands) {
        std::string below = function + "_" + sub.name;
        for (char& c : below)
          if (c == '-') c = '_';
        text += fmt::format("      {}) {} ;;\n", sub.name, below);
      }
      text += "    esac ;;\n  esac\n}\n";
      return;
    }
    text += "  _arguments";
    for (const OptionInfo& option : command.options) {
      std::string value;
      if (!option.choices.empty())
        value = ":value:(" + join(option.choices, " ") + ")";
      else if (option.takes_value)
        value = option.names.back().ends_with("-file") ? ":file:_files" : ":value: ";
      text +=
          fmt::format(" \\\n    {}", single_quoted(option.names.back() + "[" + zsh_text(option.text) + "]" + value));
    }
    text += "\n}\n";
  });
  return text + "\n_wsdeep \"$@\"\n";
}

std::string fish_completion(const CommandInfo& root) {
  std::string text = "# fish completion of wsdeep; generated from its command table\ncomplete -c wsdeep -f\n";
  for_each_command(root, [&](const CommandInfo& command) {
    std::string condition;
    const auto words = split(command.path, ' ');
    for (std::size_t i = 1; i < words.size(); ++i)
      condition += fmt::format("{}__fish_seen_subcommand_from {}", i > 1 ? "; and " : "", words[i]);
    std::vector<std::string> below;
    for (const CommandInfo& sub : command.commands) below.push_back(sub.name);
    const std::string here = condition.empty() ? "__fish_use_subcommand" : condition;
    for (const CommandInfo& sub : command.commands)
      text += fmt::format(
          "complete -c wsdeep -n {} -a {} -d {}\n",
          single_quoted(here + (condition.empty() ? "" : "; and not __fish_seen_subcommand_from " + join(below, " "))),
          sub.name, single_quoted(sub.text));
    if (condition.empty() || !command.commands.empty()) return;
    for (const OptionInfo& option : command.options) {
      std::string value = option.takes_value ? " -r" : "";
      if (!option.choices.empty()) value = " -x -a " + single_quoted(join(option.choices, " "));
      text += fmt::format("complete -c wsdeep -n {} -l {}{} -d {}\n", single_quoted(condition),
                          option.names.back().substr(2), value, single_quoted(option.text));
    }
  });
  return text;
}

}  // namespace wsdeep::commands
