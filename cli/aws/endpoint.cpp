#include <fmt/format.h>

#include <algorithm>

#include "aws/client.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

std::string without_last_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// A region becomes a part of a host name: nothing but its own letters may reach it.
void check_region(std::string_view region) {
  const bool plain = !region.empty() && region.size() <= 32 && std::all_of(region.begin(), region.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (plain) return;
  if (region.empty())
    throw Error(ErrorKind::kUsage, "no AWS region is set", "pass --region, or set AWS_REGION or the profile's region");
  throw Error(ErrorKind::kUsage, fmt::format("not an AWS region: '{}'", region), "regions look like us-east-1");
}

}  // namespace

/// GovCloud's are those of every region.
std::string_view dns_suffix(std::string_view region) {
  if (region.starts_with("cn-")) return "amazonaws.com.cn";
  if (region.starts_with("eusc-")) return "amazonaws.eu";
  if (region.starts_with("us-iso-")) return "c2s.ic.gov";
  if (region.starts_with("us-isob-")) return "sc2s.sgov.gov";
  if (region.starts_with("us-isof-")) return "csp.hci.ic.gov";
  if (region.starts_with("eu-isoe-")) return "cloud.adc-e.uk";
  return "amazonaws.com";
}

std::string endpoint_variable(std::string_view service_id) {
  std::string name = "AWS_ENDPOINT_URL_";
  for (const char c : service_id) {
    if (c >= 'a' && c <= 'z')
      name += static_cast<char>(c - 'a' + 'A');
    else
      name += c == ' ' || c == '-' ? '_' : c;
  }
  return name;
}

std::string public_endpoint(std::string_view endpoint_prefix, std::string_view region) {
  check_region(region);
  return fmt::format("https://{}.{}.{}", endpoint_prefix, region, dns_suffix(region));
}

std::string resolve_endpoint(const Env& env, std::string_view service_id, std::string_view endpoint_prefix,
                             std::string_view region) {
  if (!iequals(env.get_or("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ""), "true")) {
    if (auto own = env.get(endpoint_variable(service_id))) return without_last_slash(*own);
    if (auto common = env.get("AWS_ENDPOINT_URL")) return without_last_slash(*common);
  }
  return public_endpoint(endpoint_prefix, region);
}

}  // namespace wsdeep::aws
