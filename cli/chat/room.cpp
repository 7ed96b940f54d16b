#include "chat/room.h"

#include <exception>

namespace wsdeep::chat {
namespace {

std::vector<Connection> recipients(std::string_view recipient, std::string_view from, Connections& connections) {
  if (recipient == "all") {
    std::vector<Connection> others = connections.all();
    std::erase_if(others, [&](const Connection& other) { return other.connection_id == from; });
    return others;
  }
  std::vector<Connection> of_user = connections.of_user(recipient);
  if (!of_user.empty()) return of_user;
  const auto one = connections.find(recipient);
  return one ? std::vector<Connection>{*one} : std::vector<Connection>{};
}

bool reaches(const Connection& recipient, std::string_view frame, Connections& connections, Replies& replies) {
  if (replies.post(recipient.connection_id, frame, Repeat::kVisible) == Delivery::kSent) return true;
  connections.remove(recipient.connection_id);
  return false;
}

}  // namespace

int deliver(const wire::RoomMessage& message, std::string_view from_connection_id, Connections& connections,
            Replies& replies) {
  const std::string frame = wire::encode(message);
  std::exception_ptr first_failure;
  int reached = 0;
  for (const Connection& recipient : recipients(message.recipient, from_connection_id, connections)) {
    try {
      reached += reaches(recipient, frame, connections, replies) ? 1 : 0;
    } catch (const std::exception&) {
      if (!first_failure) first_failure = std::current_exception();
    }
  }
  if (first_failure) std::rethrow_exception(first_failure);
  return reached;
}

}  // namespace wsdeep::chat
