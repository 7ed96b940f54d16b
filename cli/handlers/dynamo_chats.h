#pragma once

#include <chrono>
#include <string>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "base/random.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// The chats table (contract §5) in DynamoDB. Lives as long as one invocation, whose `context` bounds its calls.
class DynamoChats final : public chat::Chats {
 public:
  DynamoChats(aws::DynamoDb& db, std::string table, std::chrono::seconds ttl, const Clock& clock,
              const aws::CallContext& context)
      : db_(db), table_(std::move(table)), ttl_(ttl), clock_(clock), context_(context) {}

  chat::Chat open(std::string_view chat_id, std::string_view user_id) override;
  std::optional<chat::Chat> find(std::string_view chat_id) override;
  void clear(std::string_view chat_id, std::int64_t from_ms) override;
  bool begin_turn(const chat::TurnKey& turn, std::string_view title) override;
  void append(const chat::TurnKey& turn, const ChatMessage& message) override;
  chat::Claim claim(const chat::TurnKey& turn) override;
  Pulse heartbeat(const chat::TurnKey& turn) override;
  void end_turn(const chat::TurnKey& turn, std::string_view sticky_cookie) override;
  std::optional<std::string> request_cancel(std::string_view chat_id,
                                            const std::optional<std::string>& message_id) override;
  Slice read_back(std::string_view chat_id, std::int64_t history_from_ms, std::string_view before, int limit) override;

 private:
  std::int64_t now_ms() const { return epoch_ms(clock_.now()); }
  std::int64_t expiry() const { return epoch_seconds(clock_.now()) + ttl_.count(); }
  /// Takes over a claimed generation whose heartbeat stopped, unless somebody else does.
  bool take_over(const chat::TurnKey& turn, std::int64_t last_heartbeat_ms);
  std::optional<aws::AttributeMap> update_meta(std::string_view chat_id, std::string update,
                                               aws::Expressions expressions, bool return_new = false);

  aws::DynamoDb& db_;
  std::string table_;
  std::chrono::seconds ttl_;
  const Clock& clock_;
  const aws::CallContext& context_;
  std::string claim_ = random_uuid();  ///< tells our own claim, sent again, from somebody else's
};

}  // namespace wsdeep::handlers
