#pragma once

#include <string>

#include "aws/sts.h"
#include "deploy/stack_session.h"

/// Whose operation it is that runs on a stack. CloudFormation tells it nowhere; but each event carries the token of
/// whoever began the operation, and the tokens of wsdeep and of AWS's console say who that was.
namespace wsdeep::deploy {

/// What the tokens of this caller begin with: `wsdeep-` and the last word of the ARN, as far as a token may have it.
std::string signature_of(const aws::CallerIdentity& who);
/// `alice`, `somebody in the AWS console`; empty for a token that does not say it.
std::string owner_of_token(const std::string& token);
/// The same of the operation that runs; empty too when the events cannot be read.
std::string owner_of_running(StackSession& session, const aws::Stack& stack);

}  // namespace wsdeep::deploy
