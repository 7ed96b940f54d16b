#include "commands/chat/options.h"

#include <chrono>

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

session::TurnOptions turn_options(const ChatOptions& options) {
  session::TurnOptions turn;
  turn.chat_id = options.chat_id;
  turn.timings = options.timings;
  turn.answer_timeout = std::chrono::seconds(options.timeout_seconds);
  return turn;
}

}  // namespace wsdeep::commands
