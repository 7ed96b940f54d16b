#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// Amazon SQS, by its JSON protocol.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
class Sqs {
 public:
  Sqs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Puts `body`, 1 byte to 256 KB of text, into the queue at `url`. Repeated when nobody knows whether it has arrived,
  /// so that it may lie there twice. Throws ServiceError, net::TransportError.
  /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  void send(const std::string& url, const std::string& body, const CallContext& context = {});

 private:
  Client client_;
};

}  // namespace wsdeep::aws
