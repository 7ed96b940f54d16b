#include "commands/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace wsdeep::commands {

Option Option::required() const {
  parser_->required();
  return *this;
}

Option Option::group(const std::string& heading) const {
  parser_->group(heading);
  return *this;
}

Option Option::envname(const std::string& variable) const {
  parser_->envname(variable);
  return *this;
}

Option Option::needs(const Option& other) const {
  parser_->needs(other.parser_);
  return *this;
}

Option Option::excludes(const Option& other) const {
  parser_->excludes(other.parser_);
  return *this;
}

Option Option::excludes(const std::string& other) const {
  parser_->excludes(other);
  return *this;
}

Option Option::shows_default() const {
  parser_->capture_default_str();
  return *this;
}

Option Option::shows_default(const std::string& text) const {
  parser_->default_str(text);
  return *this;
}

Option Option::one_of(const std::vector<std::string>& values) const {
  parser_->check(CLI::IsMember(values));
  return *this;
}

Option Option::one_of_any_case(const std::vector<std::string>& values) const {
  parser_->check(CLI::IsMember(values, CLI::ignore_case));
  return *this;
}

Option Option::range(int low, int high) const {
  parser_->check(CLI::Range(low, high));
  return *this;
}

Option Option::range(double low, double high) const {
  parser_->check(CLI::Range(low, high));
  return *this;
}

Option Option::check(std::function<std::string(const std::string&)> fault) const {
  parser_->check(std::move(fault), "", "");
  return *this;
}

Option Option::repeats() const {
  parser_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Command Command::add_subcommand(const std::string& name, const std::string& text) const {
  return {*parser_->add_subcommand(name, text), *chosen_};
}

void Command::require_subcommand() const {
  parser_->require_subcommand(1);
}

template <typename Value>
Option Command::add_option(const std::string& name, Value& value, const std::string& text) const {
  return Option(parser_->add_option(name, value, text));
}

template Option Command::add_option(const std::string&, std::string&, const std::string&) const;
template Option Command::add_option(const std::string&, std::vector<std::string>&, const std::string&) const;
template Option Command::add_option(const std::string&, int&, const std::string&) const;
template Option Command::add_option(const std::string&, std::uint16_t&, const std::string&) const;
template Option Command::add_option(const std::string&, std::uint64_t&, const std::string&) const;
template Option Command::add_option(const std::string&, double&, const std::string&) const;

Option Command::add_option(const std::string& name, std::function<void(const std::string&)> take,
                           const std::string& text) const {
  return Option(parser_->add_option_function<std::string>(name, std::move(take), text));
}

Option Command::add_option(const std::string& name, std::function<void(const std::vector<std::string>&)> take,
                           const std::string& text) const {
  return Option(parser_->add_option_function<std::vector<std::string>>(name, std::move(take), text));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& text) const {
  return Option(parser_->add_flag(name, value, text));
}

Option Command::option(const std::string& name) const {
  return Option(parser_->get_option(name));
}

void Command::footer(const std::string& text) const {
  parser_->footer(text);
}

void Command::runs(Action action) const {
  parser_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

}  // namespace wsdeep::commands
