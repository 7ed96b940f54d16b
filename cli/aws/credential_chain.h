#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"

namespace wsdeep::aws {

/// AWS's own order: environment, profile (static keys, SSO cache, process, web identity, assumed role), container
/// endpoint, IMDSv2. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
/// Keeps what it found until five minutes before it expires.
class CredentialChain final : public CredentialSource {
 public:
  /// `profile` empty: AWS_PROFILE, then `default`. `stop` ends a program of the profile that is waited for.
  CredentialChain(const Env& env, Files& files, const Clock& clock, std::string profile = {},
                  std::stop_token stop = {});
  ~CredentialChain() override;
  Credentials get() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The variable by which the environment gives credentials: keys, a web identity or a container's; empty: by none.
std::string environment_source(const Env& env);

/// AWS_REGION, AWS_DEFAULT_REGION, then the profile's region in ~/.aws/config; nothing when none says.
std::optional<std::string> configured_region(const Env& env, const Files& files, std::string_view profile = {});

}  // namespace wsdeep::aws
