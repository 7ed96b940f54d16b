#pragma once

#include "aws/cognito.h"
#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// A command that does one call for each of the users that are named.
struct UserChange {
  const char* command;
  const char* text;
  const char* verb;  ///< "enable"
  const char* past;  ///< "enabled"
  void (aws::Cognito::*call)(const std::string& pool, const std::string& username);
};

void add_user_change(const Command& users, Context& context, const UserChange& change);

}  // namespace wsdeep::commands
