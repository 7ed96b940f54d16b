#include "aws/cloudwatch.h"

#include <fmt/format.h>

#include "aws/query.h"

namespace wsdeep::aws {

CloudWatch::CloudWatch(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "cloudwatch", "monitoring", clock) {}

std::vector<Alarm> CloudWatch::describe_alarms(const std::vector<std::string>& names) {
  QueryParameters parameters{{"MaxRecords", "100"}};
  std::size_t n = 0;
  for (const std::string& name : names) parameters.emplace_back(fmt::format("AlarmNames.member.{}", ++n), name);
  const XmlNode result = query(client_, {"DescribeAlarms", "2010-08-01"}, parameters);
  std::vector<Alarm> alarms;
  for (const XmlNode* one : result.list("MetricAlarms"))
    alarms.push_back({one->text_of("AlarmName"), one->text_of("StateValue"), one->text_of("StateReason")});
  return alarms;
}

}  // namespace wsdeep::aws
