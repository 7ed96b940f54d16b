#include "preflight/facts.h"

#include "base/text.h"
#include "stack/settings/part.h"

namespace wsdeep::preflight {

bool is_elsewhere(const Facts& facts) {
  return !facts.settings.account.empty() && facts.settings.account != facts.who.account;
}

std::string account_in(std::string_view arn) {
  const auto parts = split(arn, ':');
  return parts.size() >= 6 && parts[0] == "arn" ? std::string(parts[4]) : "";
}

std::vector<std::string> own_stack_names(const stack::EnvironmentSettings& settings) {
  return {stack::stack_name_of(stack::Part::kService, settings.stack_name),
          stack::stack_name_of(stack::Part::kFleet, settings.stack_name)};
}

}  // namespace wsdeep::preflight
