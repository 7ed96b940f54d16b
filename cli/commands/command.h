#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// The command line as the commands declare it. CLI11 stands behind it, and is read by the compiler in few files only:
/// in full it costs two seconds in each.
namespace wsdeep::commands {

/// An option, a flag or a positional argument; a handle, as cheap as a pointer.
class Option {
 public:
  explicit Option(CLI::Option* parser) : parser_(parser) {}

  Option required() const;
  /// The heading under which the help shows it; empty: nowhere.
  Option group(const std::string& heading) const;
  /// The environment variable that stands in for it.
  Option envname(const std::string& variable) const;
  /// Given together with `other`, or not at all.
  Option needs(const Option& other) const;
  Option excludes(const Option& other) const;
  /// The same for an option that is called so.
  Option excludes(const std::string& other) const;

  /// The help tells the value that it has now as its default.
  Option shows_default() const;
  /// What the help says instead.
  Option shows_default(const std::string& text) const;

  Option one_of(const std::vector<std::string>& values) const;
  Option one_of_any_case(const std::vector<std::string>& values) const;
  Option range(int low, int high) const;
  Option range(double low, double high) const;
  /// `fault` says what is wrong with a value; empty: nothing.
  Option check(std::function<std::string(const std::string&)> fault) const;

  /// One value each time; may be given again and again.
  Option repeats() const;

 private:
  CLI::Option* parser_;
};

/// A command, or a group of commands; a handle, as cheap as a pointer.
class Command {
 public:
  /// What is to be done: set by the command that was parsed. Its result is the exit code.
  using Action = std::function<int()>;

  Command(CLI::App& parser, Action& chosen) : parser_(&parser), chosen_(&chosen) {}

  Command add_subcommand(const std::string& name, const std::string& text) const;
  /// One of its subcommands has to be named.
  void require_subcommand() const;

  /// `name` such as `-m,--message`; without dashes a positional. `value` is written when the command line is parsed,
  /// and has to live until then. For std::string, std::vector<std::string>, int, std::uint16_t, std::uint64_t, double.
  template <typename Value>
  Option add_option(const std::string& name, Value& value, const std::string& text) const;
  Option add_option(const std::string& name, std::function<void(const std::string&)> take,
                    const std::string& text) const;
  Option add_option(const std::string& name, std::function<void(const std::vector<std::string>&)> take,
                    const std::string& text) const;
  Option add_flag(const std::string& name, bool& value, const std::string& text) const;
  /// One that was added before.
  Option option(const std::string& name) const;

  /// What stands below the options in the help: examples.
  void footer(const std::string& text) const;
  void runs(Action action) const;

  CLI::App& parser() const { return *parser_; }

 private:
  CLI::App* parser_;
  Action* chosen_;
};

}  // namespace wsdeep::commands
