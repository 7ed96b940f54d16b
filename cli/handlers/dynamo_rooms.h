#pragma once

#include <string>

#include "aws/dynamodb.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// Who is in which room, in DynamoDB (how it lies there stands at the top of dynamo_rooms.cpp). Lives as long as one
/// invocation, whose `context` bounds its calls.
class DynamoRooms final : public chat::Rooms {
 public:
  DynamoRooms(aws::DynamoDb& db, std::string table, std::string connections, const aws::CallContext& context)
      : db_(db), table_(std::move(table)), connections_(std::move(connections)), context_(context) {}

  Joined join(std::string_view room, const chat::Member& member) override;
  bool leave(std::string_view room, std::string_view connection_id) override;
  std::vector<chat::Member> members(std::string_view room) override { return census(room).members; }
  bool depart(std::string_view room, std::string_view connection_id) override;
  Census census(std::string_view room) override;
  std::vector<chat::Member> take_arrived(std::string_view room, const std::vector<chat::Member>& arrived) override;
  void forget_departed(std::string_view room, const std::vector<chat::Member>& departed) override;
  std::optional<std::int64_t> ask_to_tell(std::string_view room, std::string_view teller, const Lease& lease) override;
  std::optional<std::int64_t> end_telling(std::string_view room, std::string_view teller, std::int64_t asked) override;
  bool take_message(std::string_view user_id, std::int64_t window_ms, int most, std::int64_t ttl) override;

 private:
  std::vector<chat::Member> take_together(std::string_view room, std::vector<chat::Member> some);
  void leave_on_connection(std::string_view room, std::string_view connection_id);

  aws::DynamoDb& db_;
  std::string table_;
  std::string connections_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
