#include "aws/ec2.h"

#include <fmt/format.h>

#include "aws/ec2_pages.h"

namespace wsdeep::aws {
namespace {

void add_instances(const XmlNode& answer, std::vector<Ec2Instance>& out) {
  for (const XmlNode* reservation : answer.list("reservationSet", "item"))
    for (const XmlNode* one : reservation->list("instancesSet", "item"))
      out.push_back({one->text_of("instanceId"), one->text_of("instanceType"), one->text_of("instanceState/name"),
                     one->text_of("launchTime"), one->text_of("instanceLifecycle") == "spot"});
}

}  // namespace

Ec2::Ec2(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "ec2", "ec2", clock) {}

std::vector<Ec2Instance> Ec2::describe_instances(const std::vector<std::string>& ids) {
  std::vector<Ec2Instance> instances;
  if (ids.empty()) return instances;
  // By a filter: an id that is forgotten would fail the whole call.
  QueryParameters parameters{{"Filter.1.Name", "instance-id"}};
  std::size_t n = 0;
  for (const std::string& id : ids) parameters.emplace_back(fmt::format("Filter.1.Value.{}", ++n), id);
  for_each_ec2_page(client_, "DescribeInstances", parameters,
                    [&](const XmlNode& answer) { add_instances(answer, instances); });
  return instances;
}

std::vector<SpotPrice> Ec2::spot_prices(const std::vector<std::string>& types, SystemTime now) {
  std::vector<SpotPrice> prices;
  if (types.empty()) return prices;
  // A history that begins now has the prices of now.
  QueryParameters parameters{{"StartTime", iso8601(now)}, {"ProductDescription.1", "Linux/UNIX"}};
  std::size_t n = 0;
  for (const std::string& type : types) parameters.emplace_back(fmt::format("InstanceType.{}", ++n), type);
  for_each_ec2_page(client_, "DescribeSpotPriceHistory", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("spotPriceHistorySet", "item"))
      prices.push_back({one->text_of("instanceType"), one->text_of("availabilityZone"), one->text_of("spotPrice")});
  });
  return prices;
}

}  // namespace wsdeep::aws
