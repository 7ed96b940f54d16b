#pragma once

#include <string>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "chat/rest_ports.h"

namespace wsdeep::handlers {

/// The index that lists a user's chats: `user_id`, `updated_at`.
inline constexpr const char* kRestUserIndex = "UserIdIndex";

/// The chats of REST chat in DynamoDB. Lives as long as one invocation, whose `context` bounds its calls.
class DynamoRestChats final : public chat::RestChats {
 public:
  DynamoRestChats(aws::DynamoDb& db, std::string table, const Clock& clock, const aws::CallContext& context)
      : db_(db), table_(std::move(table)), clock_(clock), context_(context) {}

  std::optional<chat::RestChat> find(std::string_view id, std::string_view user_id) override;
  bool create(const chat::RestChat& chat) override;
  Taken take(const chat::RestChat& seen, const chat::RestChat& with_turn) override;
  bool renew(const chat::RestChat& chat, std::int64_t until_ms) override;
  bool finish(const chat::RestChat& chat, const chat::RestEnd& end) override;
  std::optional<Page> list(std::string_view user_id, int limit, std::string_view before) override;
  bool remove(std::string_view id, std::string_view user_id) override;

 private:
  aws::Written update(const chat::RestChat& chat, std::string update, aws::Expressions expressions);

  aws::DynamoDb& db_;
  std::string table_;
  const Clock& clock_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
