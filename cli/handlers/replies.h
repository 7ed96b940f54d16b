#pragma once

#include <string>

#include "aws/connections_api.h"
#include "aws/lambda.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// Frames to clients through @connections. Lives as long as one invocation.
class ApiReplies final : public chat::Replies {
 public:
  ApiReplies(aws::ConnectionsApi& api, std::string callback_url, const aws::CallContext& context)
      : api_(api), callback_url_(std::move(callback_url)), context_(context) {}

  chat::Delivery post(std::string_view connection_id, std::string_view frame, chat::Repeat repeat) override;
  chat::Posted post_all(const std::vector<std::string>& connection_ids, std::string_view frame) override;
  chat::Posted post_each(const std::vector<chat::Letter>& letters) override;

 private:
  aws::ConnectionsApi& api_;
  std::string callback_url_;
  const aws::CallContext& context_;
};

/// Starts `generate` as an asynchronous Lambda invocation. Lives as long as one invocation.
class LambdaGenerations final : public chat::Generations {
 public:
  LambdaGenerations(aws::Lambda& lambda, std::string function, std::string callback_url,
                    const aws::CallContext& context)
      : lambda_(lambda), function_(std::move(function)), callback_url_(std::move(callback_url)), context_(context) {}

  void start(const chat::TurnKey& turn, std::string_view connection_id, std::string_view user_id,
             const chat::Generating& how) override;

 private:
  aws::Lambda& lambda_;
  std::string function_;
  std::string callback_url_;
  const aws::CallContext& context_;
};

}  // namespace wsdeep::handlers
