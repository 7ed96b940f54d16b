#pragma once

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace wsdeep::commands {

/// A tree with our manners: help and version flags, one level of subcommand required.
void set_manners(CLI::App& app);

/// What stderr gets for a command line that does not parse: cause, near miss, and where the help is.
std::string usage_error(const CLI::App& app, const CLI::Error& error, int argc, const char* const* argv);

/// `hint` with `flags`, which name a system, behind each command in it that needs them to reach the same system.
std::string with_target_flags(const std::string& hint, const std::string& flags);

}  // namespace wsdeep::commands
