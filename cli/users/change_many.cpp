#include "users/change_many.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/printable.h"
#include "net/http_client.h"
#include "users/cognito_errors.h"

namespace wsdeep::users {
namespace {

bool is_cancelled(const Error& error) {
  const auto* fault = dynamic_cast<const net::TransportError*>(&error);
  return fault != nullptr && fault->fault() == net::TransportFault::kCancelled;
}

}  // namespace

void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change) {
  std::optional<Error> first;
  std::size_t failed = 0;
  for (const std::string& username : usernames) {
    try {
      explained(fmt::format("cannot {} '{}'", verb, username), username, [&] { change(username); });
      context.console.err(fmt::format("{} {}\n", past, printable(username)));
    } catch (const Error& error) {
      if (usernames.size() == 1 || is_cancelled(error)) throw;
      context.console.err(fmt::format("{}\n", printable_lines(error.what())));
      ++failed;
      if (!first) first = error;
    }
  }
  if (first) throw Error(first->kind(), fmt::format("{} of {} users failed", failed, usernames.size()), first->hint());
}

}  // namespace wsdeep::users
