#pragma once

#include <chrono>
#include <string>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "base/random.h"
#include "chat/ports.h"
#include "handlers/chat_items.h"

namespace wsdeep::handlers {

/// The chats table (contract §5) in DynamoDB. Lives as long as one invocation, whose `context` bounds its calls.
class DynamoChats final : public chat::Chats {
 public:
  /// `retention`: how long a chat is kept after it was last used, and a message after it was written. `request_id`: of
  /// the invocation, the same in each attempt at it.
  DynamoChats(aws::DynamoDb& db, std::string table, std::chrono::seconds retention, const Clock& clock,
              const aws::CallContext& context, std::string_view request_id)
      : db_(db),
        table_(std::move(table)),
        retention_(retention),
        clock_(clock),
        context_(context),
        invocation_(std::string(request_id) + "/"),
        claim_(invocation_ + random_uuid()) {}

  chat::Chat open(std::string_view chat_id, std::string_view user_id) override;
  std::optional<chat::Chat> find(std::string_view chat_id) override;
  bool clear(std::string_view chat_id, std::int64_t from_ms) override;
  chat::Admission accept(const chat::TurnKey& turn, const chat::Question& question) override;
  void keep(const chat::TurnKey& said, const chat::Question& question) override;
  chat::Admission restart(const chat::TurnKey& turn, std::string_view connection_id) override;
  std::optional<chat::KnownTurn> look_up(std::string_view chat_id, std::string_view message_id) override;
  bool move(const chat::TurnKey& turn, std::string_view connection_id) override;
  std::optional<std::string> answer_of(const chat::TurnKey& turn) override;
  chat::Claim claim(const chat::TurnKey& turn) override;
  Pulse heartbeat(const chat::TurnKey& turn) override;
  chat::Ended end_turn(const chat::TurnKey& turn, const chat::TurnEnd& end) override;
  std::optional<std::string> request_cancel(std::string_view chat_id,
                                            const std::optional<std::string>& message_id) override;
  std::optional<Slice> read_back(std::string_view chat_id, std::int64_t history_from_ms, std::string_view before,
                                 int limit) override;

 private:
  using Writes = std::vector<aws::TransactWrite>;

  std::int64_t now_ms() const { return epoch_ms(clock_.now()); }
  std::int64_t stale_ms() const { return now_ms() - chat::kTurnExpiry.count(); }
  std::int64_t expiry() const { return epoch_seconds(clock_.now()) + retention_.count(); }

  aws::AttributeMap new_meta(std::string_view chat_id, std::string_view user_id) const;
  aws::UpdateItem take_chat(const chat::TurnKey& turn, std::string_view title, std::string_view connection_id) const;
  aws::PutItem message_of(const chat::TurnKey& turn, std::string_view role, std::string_view content,
                          bool partial) const;
  aws::PutItem question_of(const chat::TurnKey& turn, const chat::Question& question) const;
  aws::PutItem record_of_turn(const chat::TurnKey& turn) const;
  aws::UpdateItem ending_of(const chat::TurnKey& turn, const chat::Ending& ending) const;
  chat::Admission admission_of(const chat::TurnKey& turn, const std::vector<aws::Written>& refused);
  std::optional<aws::AttributeMap> record_of(std::string_view chat_id, std::string_view message_id);
  bool has_died(const Generation& holder) const;
  chat::Claim refused_claim(const chat::TurnKey& turn, const aws::AttributeMap& meta);
  /// Takes over a claimed generation whose heartbeat stopped, unless somebody else does.
  bool take_over(const chat::TurnKey& turn, std::int64_t last_heartbeat_ms);
  chat::Ended end_without_chat(const chat::TurnKey& turn, const chat::TurnEnd& end);
  aws::Written update_meta(std::string_view chat_id, std::string update, aws::Expressions expressions,
                           bool return_new = false);
  std::vector<aws::Written> transact(const Writes& writes);

  aws::DynamoDb& db_;
  std::string table_;
  std::chrono::seconds retention_;
  const Clock& clock_;
  const aws::CallContext& context_;
  std::string invocation_;  ///< what the claims of all attempts at this invocation begin with
  std::string claim_;       ///< tells our own claim, sent again, from somebody else's
};

}  // namespace wsdeep::handlers
