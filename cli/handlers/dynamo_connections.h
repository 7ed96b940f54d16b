#pragma once

#include <string>

#include "aws/dynamodb.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// The connections table (contract §5) in DynamoDB. Lives as long as one invocation, whose `context` bounds its calls.
class DynamoConnections final : public chat::Connections {
 public:
  DynamoConnections(aws::DynamoDb& db, std::string table, const aws::CallContext& context)
      : db_(db), table_(std::move(table)), context_(context) {}

  void put(const chat::Connection& connection) override;
  std::optional<chat::Connection> find(std::string_view connection_id) override;
  void set_chat(std::string_view connection_id, std::string_view chat_id) override;
  void remove(std::string_view connection_id) override;
  std::vector<chat::Connection> of_user(std::string_view user_id) override;

 private:
  aws::DynamoDb& db_;
  std::string table_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
