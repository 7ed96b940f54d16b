#include "aws/route53.h"

#include <fmt/format.h>

#include "aws/xml.h"
#include "base/encoding.h"

namespace wsdeep::aws {
namespace {

constexpr int kMaxZonePages = 20;

struct Partition {
  std::string host;
  std::string region;  ///< that its requests are signed for
};

/// https://docs.aws.amazon.com/general/latest/gr/r53.html
Partition partition_of(const std::string& region) {
  if (region.starts_with("cn-")) return {"https://route53.amazonaws.com.cn", "cn-northwest-1"};
  if (region.starts_with("us-gov-")) return {"https://route53.us-gov.amazonaws.com", "us-gov-west-1"};
  return {"https://route53.amazonaws.com", "us-east-1"};
}

ClientOptions for_partition(ClientOptions options) {
  const Partition partition = partition_of(options.region);
  if (options.endpoint == public_endpoint("route53", options.region)) options.endpoint = partition.host;
  options.region = partition.region;
  return options;
}

std::string without_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

Route53::Route53(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, for_partition(std::move(options)), credentials, "route53", "route53", clock) {}

std::vector<PrivateZone> Route53::zones_of_vpc(const std::string& vpc, const std::string& region) {
  std::vector<PrivateZone> zones;
  std::string next;
  for (int page = 0; page < kMaxZonePages; ++page) {
    Client::Request request;
    request.operation = "ListHostedZonesByVPC";
    request.method = "GET";
    request.target = fmt::format("/2013-04-01/hostedzonesbyvpc?{}vpcid={}&vpcregion={}",
                                 next.empty() ? "" : "nexttoken=" + percent_encode(next) + "&", percent_encode(vpc),
                                 percent_encode(region));
    const XmlNode answer = parse_xml(client_.send(request).body, "the answer to ListHostedZonesByVPC");
    for (const XmlNode* one : answer.list("HostedZoneSummaries", "HostedZoneSummary")) {
      const std::string account = one->text_of("Owner/OwningAccount");
      zones.push_back({one->text_of("HostedZoneId"), without_dot(one->text_of("Name")),
                       account.empty() ? one->text_of("Owner/OwningService") : account});
    }
    next = answer.text_of("NextToken");
    if (next.empty()) return zones;
  }
  throw Error(ErrorKind::kFailure, "the answers to ListHostedZonesByVPC do not end");
}

}  // namespace wsdeep::aws
