#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aws/acm.h"
#include "aws/bedrock_models.h"
#include "aws/ec2_inventory.h"
#include "aws/lambda_account.h"
#include "aws/route53.h"
#include "aws/s3.h"
#include "aws/secrets_manager.h"
#include "aws/service_quotas.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "preflight/quota_codes.h"
#include "stack/settings/settings.h"

namespace wsdeep::preflight {

/// Why a question has no answer.
struct Trouble {
  std::string action;       ///< of IAM: `acm:DescribeCertificate`
  bool is_denied = false;   ///< the caller may not ask
  bool is_missing = false;  ///< there is no such thing
  std::string words;        ///< the service's, or what else came between
};

/// The answer to a question; neither value nor trouble: it was not asked, because the settings do not need it.
template <typename Value>
struct Asked {
  std::optional<Value> value;
  std::optional<Trouble> trouble;

  bool is_asked() const { return value || trouble; }
  const Value* operator->() const { return &*value; }
  const Value& operator*() const { return *value; }
};

/// The bucket of the packages.
struct BucketState {
  std::string name;
  bool exists = false;
  std::string refusal;  ///< why it cannot be used; empty: it can, or is made
};

/// The VPC and the subnets of a network that is there already, whether the settings or Parameter Store names them.
struct NetworkPlace {
  std::string vpc;
  std::vector<std::string> subnets;
  std::vector<std::string> unknown;  ///< names that Parameter Store does not have
};

/// What the stacks of this environment have made already.
struct OwnStacks {
  std::set<std::string> zones;
  std::set<std::string> roles;  ///< by name
  std::int64_t reserved = 0;    ///< executions, for `generate` and REST chat
};

/// What a registry that anybody may ask says of an image.
enum class PublicImage { kThere, kMissing, kNotSaid };

/// Everything that the checks look at. What has no certificate, quota or image of that name in its map was not asked.
struct Facts {
  stack::EnvironmentSettings settings;
  SystemTime now;
  aws::CallerIdentity who;
  std::vector<std::string> placeholders;  ///< paths of settings that are not filled in
  Asked<OwnStacks> own;
  std::map<std::string, Asked<aws::Certificate>> certificates;  ///< by ARN
  std::map<std::string, Asked<aws::ServiceQuota>> quotas;       ///< by code
  Asked<std::map<std::string, std::int64_t>> vcpus;             ///< by instance type
  Asked<std::vector<aws::InstanceTypeOffer>> offers;
  Asked<std::vector<aws::RunningInstance>> running;
  Asked<std::vector<std::string>> zones;  ///< of the region, for a new network that names none
  Asked<aws::LambdaLimits> lambda;
  Asked<std::string> log_role;
  Asked<BucketState> bucket;
  Asked<std::int64_t> image_bytes;  ///< of an image in ECR
  Asked<PublicImage> public_image;
  Asked<aws::S3::Holdings> model;
  Asked<aws::SecretInfo> google_secret;
  Asked<aws::SecretInfo> backend_secret;
  Asked<aws::SecretInfo> client_secret;  ///< of the app client that people sign in with
  Asked<aws::SecretInfo> hs256_secret;
  Asked<aws::ModelAvailability> bedrock_model;
  Asked<NetworkPlace> place;
  Asked<std::vector<aws::SubnetInfo>> subnets;
  Asked<std::vector<aws::PrivateZone>> private_zones;
  Asked<std::vector<aws::VpcEndpointInfo>> api_endpoints;
  Asked<std::vector<aws::VpcInfo>> vpcs;
  Asked<std::vector<aws::VpcPeering>> peerings;
};

/// The credentials are of another account than the environment's.
bool is_elsewhere(const Facts& facts);
/// The fifth field of an ARN; empty for what is none.
std::string account_in(std::string_view arn);

/// The service's and the nodes'.
std::vector<std::string> own_stack_names(const stack::EnvironmentSettings& settings);

}  // namespace wsdeep::preflight
