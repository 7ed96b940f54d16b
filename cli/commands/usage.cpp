#include "commands/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/suggest.h"
#include "base/text.h"
#include "base/version.h"

namespace wsdeep::commands {
namespace {

/// The app that the words of the command line lead to, and the first word that it does not know.
struct Position {
  const CLI::App* app;
  std::string path;
  std::string unknown;
};

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

const CLI::App* find_command(const CLI::App& app, std::string_view word) {
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (sub->get_name() == word) return sub;
  return nullptr;
}

Position locate(const CLI::App& root, int argc, const char* const* argv) {
  Position position{&root, root.get_name(), {}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      const auto known = option_names(*position.app);
      if (name != "--" && std::find(known.begin(), known.end(), name) == known.end()) {
        position.unknown = name;
        return position;
      }
    } else if (!word.starts_with('-') && !command_names(*position.app).empty()) {
      const CLI::App* sub = find_command(*position.app, word);
      if (sub == nullptr) {
        position.unknown = word;
        return position;
      }
      position.app = sub;
      position.path += " " + word;
    }
  }
  return position;
}

/// What the parser says of a value that is not of its option's type, "Could not convert: --port = 80000", in words.
std::string unfit_number(const CLI::Error& error) {
  if (dynamic_cast<const CLI::ConversionError*>(&error) == nullptr) return {};
  const std::string text = error.what();
  const std::size_t name = text.find("--");
  const std::size_t equals = text.find(" = ");
  if (name == std::string::npos || equals == std::string::npos || equals < name) return {};
  return fmt::format("{}: '{}' is no number, or none that fits here", text.substr(name, equals - name),
                     text.substr(equals + 3));
}

/// Where a command in a hint ends, or what it is to run begins: the hint goes on behind it.
std::size_t end_of_command(const std::string& hint, std::size_t start) {
  std::size_t end = hint.size();
  for (const std::string_view mark : {";", ",", "`", "\n", " (", " -- "}) end = std::min(end, hint.find(mark, start));
  return end;
}

/// `wsdeep users …` does, `wsdeep deploy …` has flags of its own.
bool takes_target(std::string_view command) {
  for (const std::string_view name : {"login", "logout", "token", "users", "chat", "connect", "auth", "open", "lab new",
                                      "lab list", "lab connect", "lab run", "lab end"}) {
    const std::string whole = fmt::format("wsdeep {}", name);
    if (command == whole || command.starts_with(whole + " ")) return true;
  }
  return false;
}

}  // namespace

void set_manners(CLI::App& app) {
  app.set_help_flag("-h,--help", "print this help and exit");
  app.get_formatter()->column_width(34);
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) set_manners(*sub);
}

std::string usage_error(const CLI::App& app, const CLI::Error& error, int argc, const char* const* argv) {
  const Position at = locate(app, argc, argv);
  const bool unknown = !at.unknown.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !command_names(*at.app).empty();
  std::string text = app.get_name() + ": error: ";
  if (unknown || (missing && !at.unknown.empty())) {
    const bool option = at.unknown.starts_with("--");
    text += fmt::format("unknown {} '{}'", option ? "option" : "command", at.unknown);
    const auto near = closest(at.unknown, option ? option_names(*at.app) : command_names(*at.app));
    if (near) text += fmt::format(", did you mean '{}'?", *near);
  } else if (missing) {
    text += fmt::format("'{}' needs a command: {}", at.path, join(command_names(*at.app), ", "));
  } else if (const std::string unfit = unfit_number(error); !unfit.empty()) {
    text += unfit;
  } else {
    std::string cause = error.what();
    if (!cause.empty() && cause[0] >= 'A' && cause[0] <= 'Z' && cause.size() > 1 && cause[1] >= 'a')
      cause[0] = static_cast<char>(cause[0] - 'A' + 'a');
    text += cause;
  }
  return text + fmt::format("\nTry: {} --help\n", at.path);
}

std::string with_target_flags(const std::string& hint, const std::string& flags) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = hint.find("wsdeep "); at != std::string::npos; at = hint.find("wsdeep ", done)) {
    const std::size_t end = end_of_command(hint, at);
    out += hint.substr(done, end - done);
    const bool is_mentioned = end < hint.size() && hint[end] == '`';  // and not advised
    if (!is_mentioned && takes_target(std::string_view(hint).substr(at, end - at))) out += flags;
    done = end;
  }
  return out + hint.substr(done);
}

}  // namespace wsdeep::commands
