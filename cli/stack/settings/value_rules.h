#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The forms that values of wsdeep.yaml must have.
namespace wsdeep::stack {

/// `expected` ends the sentence "expected …, got 'x'".
struct Rule {
  std::string_view expected;
  bool (*holds)(std::string_view value);
};

extern const Rule kAnyText;
extern const Rule kParagraph;  ///< text that may hold newlines
extern const Rule kProjectName;
extern const Rule kEnvironmentName;
extern const Rule kRegion;
extern const Rule kZone;
extern const Rule kProfile;
extern const Rule kAccountId;
extern const Rule kStackName;
extern const Rule kDomainName;
extern const Rule kCertificateArn;
extern const Rule kHostedZoneId;
extern const Rule kUserPoolId;
extern const Rule kClientId;
extern const Rule kGoogleClientId;
extern const Rule kHostedUiPrefix;
extern const Rule kCallbackUrl;
extern const Rule kBackendUrl;
extern const Rule kRouteKey;
extern const Rule kHeaderName;
extern const Rule kHeaderValue;
extern const Rule kGroupName;
extern const Rule kSecretName;
extern const Rule kVpcId;
extern const Rule kSubnetId;
extern const Rule kSecurityGroupId;
extern const Rule kSsmName;
extern const Rule kVpcCidr;
extern const Rule kS3Url;
extern const Rule kModelName;
extern const Rule kBedrockAgentId;
extern const Rule kGuardrail;
extern const Rule kGuardrailVersion;
extern const Rule kImage;
extern const Rule kInstanceType;
extern const Rule kCacheType;
extern const Rule kAmi;
extern const Rule kNodePackage;
extern const Rule kSnapshotId;
extern const Rule kCapacityReservation;
extern const Rule kScheduleName;
extern const Rule kCron;
extern const Rule kTimeZone;
extern const Rule kOrigin;
extern const Rule kEmail;
extern const Rule kDay;
extern const Rule kUsdPerHour;
extern const Rule kStackPolicy;
extern const Rule kTagKey;
extern const Rule kTagValue;

/// AWS's commercial, GovCloud and China regions. A region that is not among them may be newer than this program.
const std::vector<std::string>& known_regions();
/// The region that `value`, of the right form, is a misspelling of; empty for a known region and for a name that
/// differs from the known ones only in its number.
std::string misspelt_region(std::string_view value);

/// `10.40.0.0` as a number; nothing for what is no address.
std::optional<std::uint32_t> ipv4_of(std::string_view text);

/// The fourth field of an ARN.
std::string_view arn_region(std::string_view arn);

}  // namespace wsdeep::stack
