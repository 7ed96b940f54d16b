#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "aws/cloudformation.h"
#include "aws/credential_chain.h"
#include "aws/s3.h"
#include "aws/sts.h"
#include "base/error.h"
#include "deploy/change_set.h"
#include "net/http_client.h"
#include "stack/settings/settings.h"
#include "terminal/context.h"

namespace wsdeep::deploy {

/// The stack that a command is about.
struct StackTarget {
  std::string name;  ///< of the stack of this part
  std::string region;
  std::string profile;
  std::string project;                                 ///< of the settings; the stack's name without them
  std::optional<stack::EnvironmentSettings> settings;  ///< nothing when --stack names a stack and there is no file
  stack::Part part = stack::Part::kService;

  /// The stack of that part of the same deployment.
  StackTarget of(stack::Part part) const;
  std::string service_name() const;
  /// ` -e dev`, or ` --stack chat-dev`: with which another command reaches the same deployment.
  std::string flag() const;
  bool is_production() const;
};

/// The clients of a command, all by one connection pool and one set of credentials. One thread at a time.
class StackAccess {
 public:
  /// `cancel` ends every call, those under way too.
  StackAccess(const StackTarget& target, Context& context, const std::stop_token& cancel = {});

  net::HttpClient http;
  aws::CredentialChain credentials;
  aws::Sts sts;
  aws::CloudFormation cloudformation;
  aws::S3 s3;
};

/// Refuses credentials of another account than the one that the settings give the environment (`account`).
void check_account(const StackTarget& target, const aws::CallerIdentity& who);

/// How a service of the stack's region is reached.
aws::ClientOptions client_options(const StackTarget& target, const Context& context, const char* service_id,
                                  const char* endpoint_prefix, const std::stop_token& cancel = {});

/// Colours of stdout or stderr, where it has them.
ChangeStyle out_style(const Console& console);
ChangeStyle err_style(const Console& console);

/// What to do about a stack that is not there, where deploying it is what somebody may have forgotten.
std::string deploy_it(const StackTarget& target);
/// Error{kNotFound} that says where it was looked for, with the hint deploy_it.
Error missing_stack(const StackTarget& target);
Error missing_stack(const StackTarget& target, const std::string& hint);
/// `Amazon Bedrock's model ID`: who answers where there are no nodes.
std::string who_answers(const stack::LlmSettings& llm);
/// Error{kUsage}: the environment of the target, which has settings, has no nodes.
Error no_fleet(const StackTarget& target);
/// The stack, or missing_stack.
aws::Stack require_stack(StackAccess& access, const StackTarget& target);
aws::Stack require_stack(StackAccess& access, const StackTarget& target, const std::string& hint);

}  // namespace wsdeep::deploy
