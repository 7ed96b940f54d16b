#pragma once

#include "preflight/facts.h"
#include "preflight/finding.h"

/// Every check is a function of the facts alone. One that has nothing to look at finds nothing.
namespace wsdeep::preflight {

// account.cpp: whose account it is, and what the settings name of others
Findings check_account(const Facts& facts);
Findings check_own_stacks(const Facts& facts);
Findings check_placeholders(const Facts& facts);
Findings check_other_accounts(const Facts& facts);

// certificates.cpp
Findings check_certificates(const Facts& facts);

// capacity.cpp: whether EC2 would start the nodes
Findings check_instance_types(const Facts& facts);
Findings check_gpu_quota(const Facts& facts);

// functions.cpp: what the account allows Lambda and API Gateway
Findings check_concurrency(const Facts& facts);
Findings check_log_role(const Facts& facts);

// sources.cpp: what the stacks and the nodes read
Findings check_bucket(const Facts& facts);
Findings check_image(const Facts& facts);
Findings check_model(const Facts& facts);
Findings check_secrets(const Facts& facts);
Findings check_bedrock_model(const Facts& facts);

// network.cpp
Findings check_place(const Facts& facts);
Findings check_subnets(const Facts& facts);
Findings check_private_zones(const Facts& facts);
Findings check_api_endpoints(const Facts& facts);
Findings check_addresses(const Facts& facts);

/// What is told of a question that had no answer: `subject` could not be looked at.
Finding unanswered(const std::string& check, const std::string& subject, const Trouble& trouble, const Facts& facts);

/// All of them, in the order in which they are shown.
Findings check_all(const Facts& facts);

}  // namespace wsdeep::preflight
