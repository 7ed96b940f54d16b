#include "aws/sqs.h"

#include "wire/json_writer.h"

namespace wsdeep::aws {

Sqs::Sqs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "sqs", "sqs", clock) {}

void Sqs::send(const std::string& url, const std::string& body, const CallContext& context) {
  client_.call_json("AmazonSQS", "SendMessage", wire::JsonObject().add("QueueUrl", url).add("MessageBody", body).text(),
                    "application/x-amz-json-1.0", true, context);
}

}  // namespace wsdeep::aws
