#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "aws/profile_files.h"
#include "base/env.h"
#include "base/files.h"

namespace wsdeep::aws {

/// How AWS is called, apart from the keys, as the environment and the chosen profile say; variables count more.
/// What would be called otherwise than they say is refused, with the line or variable.
/// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
class CallSettings {
 public:
  /// Reads the profile's files; `profile` as choose_profile has it. Throws as ProfileFiles does.
  static CallSettings load(const Env& env, const Files& files, std::string_view profile = {});

  /// AWS_REGION, AWS_DEFAULT_REGION, then the profile's `region`; nothing when none says. (botocore does not know
  /// AWS_REGION; the AWS CLI and the other SDKs do, and let it count more.)
  std::optional<std::string> region() const;

  /// AWS_ENDPOINT_URL_<SERVICE_ID>, AWS_ENDPOINT_URL, `endpoint_url` of the service in the profile's `services`
  /// section, the profile's own `endpoint_url`; else the public one of the region. None of the first four when
  /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or `ignore_configured_endpoint_urls` is true.
  /// `service_id` and `endpoint_prefix` as resolve_endpoint has them.
  std::string endpoint(std::string_view service_id, std::string_view endpoint_prefix, std::string_view region) const;

  /// AWS_CA_BUNDLE, then `ca_bundle`; empty when neither is there.
  std::string ca_file() const;

  /// AWS_MAX_ATTEMPTS, then `max_attempts`.
  std::optional<int> max_attempts() const;

  /// For calls to a service of the region, with all of these; six attempts where neither says how many.
  ClientOptions client_options(std::string_view service_id, std::string_view endpoint_prefix,
                               const std::string& region) const;

 private:
  CallSettings(const Env& env, ProfileFiles files, const ProfileChoice& choice);

  struct Value {
    std::string text;
    std::string where;  ///< the variable, or PATH:LINE
  };
  /// The variable, else the profile's setting.
  std::optional<Value> value(const char* variable, std::string_view name) const;
  bool is_true(const char* variable, std::string_view name) const;
  void refuse_variants() const;
  std::optional<Value> configured_endpoint(std::string_view service_id, std::string_view endpoint_prefix) const;
  std::optional<Value> endpoint_of_services(std::string_view service_id, std::string_view endpoint_prefix) const;

  Env env_;
  ProfileFiles files_;
  ProfileSettings settings_;
};

}  // namespace wsdeep::aws
