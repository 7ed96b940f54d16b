#pragma once

#include <string>

#include "aws/dynamodb.h"
#include "chat/backend.h"

namespace wsdeep::handlers {

/// The backend's connections in DynamoDB: keys connectionId and sessionId; userId, createdAt (ms) and expiresAt (s).
/// Lives as long as one invocation, whose `context` bounds its calls.
class DynamoBackendConnections final : public chat::BackendConnections {
 public:
  DynamoBackendConnections(aws::DynamoDb& db, std::string table, const aws::CallContext& context)
      : db_(db), table_(std::move(table)), context_(context) {}

  void put(const chat::BackendConnection& connection) override;
  std::optional<chat::BackendConnection> find(std::string_view connection_id) override;
  void remove(const wire::BackendClient& client) override;

 private:
  aws::DynamoDb& db_;
  std::string table_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
