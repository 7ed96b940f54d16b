#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/cognito.h"

namespace wsdeep::users {

/// A user as a command line or a line of a file describes it.
struct NewUser {
  std::string username;
  std::string password;  ///< empty: one is made
  aws::Attributes attributes;
  std::vector<std::string> groups;
  bool temporary = false;  ///< the password has to be changed at the first sign-in
};

/// The password that a user has between the creation and the next step: one that tells us later whose creation it was.
/// It differs from the one that follows, as a pool may refuse one that was used before.
std::string first_password(const NewUser& user);

/// The request that creates `user`: no invitation is sent, an e-mail address counts as verified.
aws::CreateUser creation_of(const NewUser& user);

/// What has to follow the creation, before the user can be used. Done again it does no harm.
void complete_user(aws::Cognito& cognito, const std::string& pool, const NewUser& user);

}  // namespace wsdeep::users
