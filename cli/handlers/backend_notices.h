#pragma once

#include <string>

#include "aws/lambda.h"
#include "aws/sqs.h"
#include "chat/backend.h"

namespace wsdeep::handlers {

/// Words to the backend as asynchronous invocations, which Lambda keeps and tries again. Lives as long as one
/// invocation.
class LambdaNotices final : public chat::BackendNotices {
 public:
  LambdaNotices(aws::Lambda& lambda, std::string function, const aws::CallContext& context)
      : lambda_(lambda), function_(std::move(function)), context_(context) {}

  void leave(const wire::BackendClient& client) override;

 private:
  aws::Lambda& lambda_;
  std::string function_;
  const aws::CallContext& context_;
};

/// What `first` cannot hand on is kept in a queue, in the form in which Lambda keeps there what could not be told.
class QueuedNotices final : public chat::BackendNotices {
 public:
  /// `url`: the queue's; empty: there is none.
  QueuedNotices(chat::BackendNotices& first, aws::Sqs& queues, std::string url, const aws::CallContext& context)
      : first_(first), queues_(queues), url_(std::move(url)), context_(context) {}

  void leave(const wire::BackendClient& client) override;
  /// Why the word went into the queue; empty: it did not.
  const std::string& cause() const { return cause_; }

 private:
  chat::BackendNotices& first_;
  aws::Sqs& queues_;
  std::string url_;
  const aws::CallContext& context_;
  std::string cause_;
};

}  // namespace wsdeep::handlers
