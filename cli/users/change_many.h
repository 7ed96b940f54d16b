#pragma once

#include <functional>
#include <string>
#include <vector>

#include "terminal/context.h"

namespace wsdeep::users {

/// Does `change` to each of `usernames` and says so: `enabled ann`. A refusal does not keep it from the others: they
/// are told one by one, and the first one's kind is the run's; a cancelled call ends it. `verb` such as "enable",
/// `past` such as "enabled".
void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change);

}  // namespace wsdeep::users
