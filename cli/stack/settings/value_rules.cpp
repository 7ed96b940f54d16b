#include "stack/settings/value_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "aws/unit_prices.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/url.h"
#include "stack/settings/schedule_expression.h"

namespace wsdeep::stack {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

/// `text` is `low` to `high` long and holds nothing but letters, digits and `others`.
bool is_word(std::string_view text, std::size_t low, std::size_t high, std::string_view others) {
  return text.size() >= low && text.size() <= high && std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alnum(c) || others.find(c) != std::string_view::npos;
         });
}

/// `2026-11-29`
bool is_day(std::string_view text) {
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!shaped) return false;
  const auto part = [&](std::size_t at, std::size_t size, std::int64_t most) {
    return parse_integer(text.substr(at, size), 1, most).has_value();
  };
  return part(0, 4, 9999) && part(5, 2, 12) && part(8, 2, 31);
}

bool is_lower_word(std::string_view text, std::size_t low, std::size_t high) {
  return is_word(text, low, high, "-") && to_lower(text) == text && is_lower(text.front()) && !text.ends_with('-');
}

bool is_printable(std::string_view text, std::size_t high) {
  return text.size() <= high && text.find_first_of("\n\t") == std::string_view::npos && strip_control(text) == text;
}

/// `prefix-` and 8 or 17 hexadecimal digits: the ids of EC2.
bool is_ec2_id(std::string_view value, std::string_view prefix) {
  if (!value.starts_with(prefix)) return false;
  value.remove_prefix(prefix.size());
  return (value.size() == 8 || value.size() == 17) &&
         value.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_region(std::string_view value) {
  const auto parts = split(value, '-');
  if (parts.size() < 3 || parts.size() > 4 || parts.front().size() != 2) return false;
  if (!parse_integer(parts.back(), 1, 99)) return false;
  return std::all_of(parts.begin(), parts.end() - 1, [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_lower);
  });
}

bool is_account_id(std::string_view value) {
  return value.size() == 12 && std::all_of(value.begin(), value.end(), is_digit);
}

bool is_domain_name(std::string_view value) {
  const auto labels = split(value, '.');
  return value.size() <= 253 && labels.size() >= 2 &&
         std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
           return is_word(label, 1, 63, "-") && to_lower(label) == label && !label.starts_with('-') &&
                  !label.ends_with('-');
         });
}

bool is_certificate_arn(std::string_view value) {
  const auto parts = split(value, ':');
  return parts.size() == 6 && parts[0] == "arn" && parts[1].starts_with("aws") && parts[2] == "acm" &&
         is_region(parts[3]) && parts[4].size() == 12 && parse_integer(parts[4], 0, 999'999'999'999) &&
         parts[5].starts_with("certificate/") && is_word(parts[5].substr(12), 8, 64, "-");
}

bool is_user_pool_id(std::string_view value) {
  const std::size_t underscore = value.find('_');
  return underscore != std::string_view::npos && is_region(value.substr(0, underscore)) &&
         is_word(value.substr(underscore + 1), 1, 46, "");
}

std::optional<Url> url_of(std::string_view value) {
  try {
    return parse_url(value);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Scheme, host and port, written as browsers write the `Origin` header.
bool is_origin(std::string_view value) {
  const auto url = url_of(value);
  return url && (url->scheme == "https" || url->scheme == "http") && url->host.find('*') == std::string::npos &&
         value == url->scheme + "://" + url->authority();
}

bool is_callback_url(std::string_view value) {
  const auto url = url_of(value);
  if (!url || value.find('#') != std::string_view::npos || value.find(',') != std::string_view::npos) return false;
  return url->scheme == "https" || (url->scheme == "http" && url->host == "localhost");
}

/// A request's path is put behind it.
bool is_backend_url(std::string_view value) {
  const auto url = url_of(value);
  return url && (url->scheme == "https" || url->scheme == "http") && is_printable(value, 1024) &&
         value.find_first_of("?# @\"\\,") == std::string_view::npos;
}

bool is_route_key(std::string_view value) {
  return value == "$default" || is_word(value, 1, 128, "_.-");
}

/// A token (RFC 9110 §5.6.2), but for characters that no name has in practice.
bool is_header_name(std::string_view value) {
  return is_word(value, 1, 128, "-_");
}

bool is_email(std::string_view value) {
  const std::size_t at = value.find('@');
  return at != std::string_view::npos && is_word(value.substr(0, at), 1, 64, ".!#$%&'*+/=?^_`{|}~-") &&
         is_domain_name(to_lower(value.substr(at + 1)));
}

bool is_secret_name(std::string_view value) {
  return is_word(value, 1, 512, "/_+=.@-") ||
         (value.starts_with("arn:") && value.find(":secretsmanager:") != std::string_view::npos &&
          is_word(value, 1, 2048, ":/_+=.@-"));
}

/// A private network (RFC 1918) of a size that a VPC may have and that four subnets fit in, without host bits.
bool is_vpc_cidr(std::string_view value) {
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos) return false;
  const auto address = ipv4_of(value.substr(0, slash));
  const auto prefix = parse_integer(value.substr(slash + 1), 16, 24);
  if (!address || !prefix || (*address & (0xFFFFFFFFu >> *prefix)) != 0) return false;
  return *address >> 24 == 10 || *address >> 20 == 0xAC1 || *address >> 16 == 0xC0A8;
}

bool is_s3_url(std::string_view value) {
  if (!value.starts_with("s3://")) return false;
  value.remove_prefix(5);
  const std::size_t slash = value.find('/');
  const std::string_view bucket = value.substr(0, slash);
  const bool bucket_ok = is_word(bucket, 3, 63, ".-") && to_lower(bucket) == bucket;
  return bucket_ok && slash != std::string_view::npos && is_word(value.substr(slash + 1), 1, 512, "/._-") &&
         value[slash + 1] != '/';
}

const std::array<std::string_view, 4> kReservedTagPrefixes{"aws:", "AWS:", "Aws:", "wsdeep:"};

}  // namespace

const Rule kAnyText{"one line of text", [](std::string_view v) { return is_printable(v, 1024); }};
const Rule kParagraph{"text of at most 2,000 bytes",
                      [](std::string_view v) { return v.size() <= 2000 && strip_control(v) == v; }};
const Rule kProjectName{"a name of 1 to 20 lower-case letters, digits and hyphens",
                        [](std::string_view v) { return is_lower_word(v, 1, 20); }};
const Rule kEnvironmentName{"a name of 1 to 20 lower-case letters, digits and hyphens",
                            [](std::string_view v) { return is_lower_word(v, 1, 20); }};
const Rule kRegion{"a region", is_region};
const Rule kZone{"a zone, such as us-east-1a", [](std::string_view v) {
                   return !v.empty() && is_lower(v.back()) && is_region(v.substr(0, v.size() - 1));
                 }};
const Rule kProfile{"a profile of ~/.aws/config", [](std::string_view v) {
                      return !v.empty() && is_printable(v, 128) && v.find_first_of("[]") == std::string_view::npos;
                    }};
const Rule kAccountId{"an AWS account's id, twelve digits", is_account_id};
const Rule kStackName{"a stack name: a letter, then up to 127 letters, digits and hyphens", [](std::string_view v) {
                        return is_word(v, 1, 128, "-") && !is_digit(v.front()) && v.front() != '-';
                      }};
const Rule kDomainName{"a domain name in lower case", is_domain_name};
const Rule kCertificateArn{"the ARN of an ACM certificate (arn:aws:acm:REGION:ACCOUNT:certificate/ID)",
                           is_certificate_arn};
const Rule kHostedZoneId{"the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ",
                         [](std::string_view v) { return is_word(v, 8, 32, "") && v.front() == 'Z'; }};
const Rule kUserPoolId{"`new` or the id of a user pool, such as us-east-1_AbC123xyz",
                       [](std::string_view v) { return v == "new" || is_user_pool_id(v); }};
const Rule kClientId{"the id of an app client", [](std::string_view v) { return is_word(v, 1, 128, "+"); }};
const Rule kGoogleClientId{
    "an OAuth client id of Google, which ends in .apps.googleusercontent.com",
    [](std::string_view v) { return is_word(v, 28, 128, ".-") && v.ends_with(".apps.googleusercontent.com"); }};
const Rule kHostedUiPrefix{"a prefix of lower-case letters, digits and hyphens, without aws, amazon or cognito",
                           [](std::string_view v) {
                             const auto holds = [&](std::string_view w) { return v.find(w) != std::string_view::npos; };
                             return is_lower_word(v, 1, 63) && !holds("aws") && !holds("amazon") && !holds("cognito");
                           }};
const Rule kCallbackUrl{"an https URL (http only for localhost), without comma or fragment", is_callback_url};
const Rule kBackendUrl{"an http or https URL without query and user, such as https://backend.example.com",
                       is_backend_url};
const Rule kRouteKey{"$default, or the name of an action: letters, digits, dots, hyphens and underscores",
                     is_route_key};
const Rule kHeaderName{"the name of an HTTP header", is_header_name};
const Rule kHeaderValue{"the value of an HTTP header", [](std::string_view v) { return is_printable(v, 1024); }};
const Rule kGroupName{"a group name: letters, digits and hyphens",
                      [](std::string_view v) { return is_word(v, 1, 64, "-") && !is_digit(v.front()); }};
const Rule kSecretName{"the name or ARN of a Secrets Manager secret", is_secret_name};
const Rule kVpcId{"a VPC id, such as vpc-0123456789abcdef0", [](std::string_view v) { return is_ec2_id(v, "vpc-"); }};
const Rule kSubnetId{"a subnet id, such as subnet-0123456789abcdef0",
                     [](std::string_view v) { return is_ec2_id(v, "subnet-"); }};
const Rule kSecurityGroupId{"a security group id, such as sg-0123456789abcdef0",
                            [](std::string_view v) { return is_ec2_id(v, "sg-"); }};
const Rule kSsmName{"the name of an SSM parameter, such as /network/vpc",
                    [](std::string_view v) { return is_word(v, 1, 1011, "/._-"); }};
const Rule kVpcCidr{"a private network from /16 to /24 without host bits, such as 10.40.0.0/16", is_vpc_cidr};
const Rule kS3Url{"s3://BUCKET/PREFIX", is_s3_url};
const Rule kModelName{"a model name", [](std::string_view v) { return is_word(v, 1, 128, "/._:-"); }};
const Rule kBedrockAgentId{"the id of an agent or of its alias, ten letters and digits at most",
                           [](std::string_view v) { return is_word(v, 1, 10, ""); }};
const Rule kGuardrail{"the id or ARN of a guardrail", [](std::string_view v) {
                        return v.starts_with("arn:") ? is_word(v, 20, 256, ":/-") && v.find(":guardrail/") < v.size()
                                                     : is_word(v, 1, 64, "");
                      }};
const Rule kGuardrailVersion{"DRAFT, or a number", [](std::string_view v) {
                               return v == "DRAFT" || parse_integer(v, 1, 99'999'999).has_value();
                             }};
const Rule kImage{"a container image", [](std::string_view v) { return is_word(v, 1, 256, "/._:@-"); }};
const Rule kInstanceType{"an instance type, such as g5.xlarge", aws::is_instance_type};
const Rule kCacheType{"a node type of ElastiCache, such as cache.t4g.micro",
                      [](std::string_view v) { return v.starts_with("cache.") && aws::is_instance_type(v.substr(6)); }};
const Rule kAmi{"an AMI's id, such as ami-0123456789abcdef0, or the SSM parameter that holds it, such as /images/node",
                [](std::string_view v) { return is_ec2_id(v, "ami-") || (v.starts_with('/') && kSsmName.holds(v)); }};
const Rule kNodePackage{
    "where a node's package lies, s3://BUCKET/KEY, or its key in the project's bucket, such as packages/node-….zip",
    [](std::string_view v) {
      return v.ends_with(".zip") && (v.starts_with("s3:") ? is_s3_url(v) : is_word(v, 5, 512, "/._-") && v[0] != '/');
    }};
const Rule kSnapshotId{"the id of an EBS snapshot, such as snap-0123456789abcdef0",
                       [](std::string_view v) { return is_ec2_id(v, "snap-"); }};
const Rule kCapacityReservation{"the id of a capacity reservation, such as cr-0123456789abcdef0",
                                [](std::string_view v) { return is_ec2_id(v, "cr-"); }};
const Rule kScheduleName{"a name of lower-case letters, digits and hyphens",
                         [](std::string_view v) { return is_lower_word(v, 1, 32); }};
const Rule kCron{"five cron fields, such as \"0 20 * * MON-FRI\"",
                 [](std::string_view v) { return v.size() <= 255 && unix_cron_problem(v).empty(); }};
const Rule kTimeZone{"an IANA time zone such as UTC or Europe/Berlin",
                     [](std::string_view v) { return time_zone_problem(v).empty(); }};
const Rule kOrigin{"an origin as browsers send it: scheme, host and port only", is_origin};
const Rule kEmail{"an e-mail address", is_email};
const Rule kDay{"a day, such as 2026-11-29", is_day};
const Rule kUsdPerHour{"dollars an hour, such as 1.861",
                       [](std::string_view v) { return aws::usd_per_hour(v).has_value(); }};
const Rule kStackPolicy{"deny-replace-of-data, allow-all, or a JSON file that holds a stack policy",
                        [](std::string_view v) {
                          return v == "deny-replace-of-data" || v == "allow-all" ||
                                 (v.size() > 5 && v.ends_with(".json") && is_printable(v, 1024));
                        }};
const Rule kTagKey{"a tag key of 1 to 128 characters that does not start with aws:", [](std::string_view v) {
                     const bool reserved = std::any_of(kReservedTagPrefixes.begin(), kReservedTagPrefixes.end(),
                                                       [&](std::string_view prefix) { return v.starts_with(prefix); });
                     return !v.empty() && !reserved && is_printable(v, 128);
                   }};
const Rule kTagValue{"a tag value of at most 256 characters", [](std::string_view v) { return is_printable(v, 256); }};

const std::vector<std::string>& known_regions() {
  static const std::vector<std::string> kRegions = {
      "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "af-south-1",     "ap-east-1",
      "ap-east-2",      "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
      "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
      "ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-west-1",      "eu-west-2",
      "eu-west-3",      "eu-south-1",     "eu-south-2",     "eu-north-1",     "il-central-1",   "me-south-1",
      "me-central-1",   "mx-central-1",   "sa-east-1",      "us-gov-east-1",  "us-gov-west-1",  "cn-north-1",
      "cn-northwest-1"};
  return kRegions;
}

std::string misspelt_region(std::string_view value) {
  const auto without_number = [](std::string_view region) { return region.substr(0, region.rfind('-')); };
  for (const std::string& region : known_regions())
    if (without_number(region) == without_number(value)) return {};
  return closest(value, known_regions()).value_or("");
}

std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::uint32_t address = 0;
  for (const std::string_view part : parts) {
    const auto byte = parse_integer(part, 0, 255);
    if (!byte) return std::nullopt;
    address = address << 8 | static_cast<std::uint32_t>(*byte);
  }
  return address;
}

std::string_view arn_region(std::string_view arn) {
  const auto parts = split(arn, ':');
  return parts.size() > 3 ? parts[3] : std::string_view{};
}

}  // namespace wsdeep::stack
