#include "aws/elbv2.h"

#include "aws/query.h"

namespace wsdeep::aws {

Elbv2::Elbv2(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "elasticloadbalancing", "elasticloadbalancing", clock) {}

std::vector<TargetHealth> Elbv2::describe_target_health(const std::string& target_group_arn) {
  const XmlNode result = query(client_, {"DescribeTargetHealth", "2015-12-01"}, {{"TargetGroupArn", target_group_arn}});
  std::vector<TargetHealth> targets;
  for (const XmlNode* one : result.list("TargetHealthDescriptions"))
    targets.push_back({one->text_of("Target/Id"), one->text_of("TargetHealth/State"),
                       one->text_of("TargetHealth/Reason"), one->text_of("TargetHealth/Description")});
  return targets;
}

}  // namespace wsdeep::aws
