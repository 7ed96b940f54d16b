#include "commands/session_access.h"

#include "users/sign_in.h"

namespace wsdeep::commands {

session::Endpoint chat_endpoint(const users::Target& target) {
  session::Endpoint endpoint;
  endpoint.url = users::stage_url(target);
  endpoint.ca_file = target.ca_file;
  return endpoint;
}

session::TokenSource chat_token(const users::Target& target, Context& context, const std::string& user) {
  return [&target, &context, user](const std::stop_token& cancel) {
    return users::current_login(target, context, user, cancel).id_token;
  };
}

}  // namespace wsdeep::commands
