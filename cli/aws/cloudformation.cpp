#include "aws/cloudformation.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation_xml.h"
#include "aws/query.h"
#include "base/random.h"

namespace wsdeep::aws {
namespace {

using detail::change_in;
using detail::event_in;
using detail::stack_in;

constexpr std::size_t kDeletedPages = 50;  // of a hundred stacks; those of other names are among them
constexpr std::size_t kMaxPages = 1000;    // no stack is that large: a server that repeats itself is

QueryAction read(const char* name) {
  return {name, "2010-05-15"};
}

/// An action that carries a token, or says the same thing twice, may be repeated too; the others may not.
QueryAction write(const char* name, bool retry_safe) {
  return {name, "2010-05-15", retry_safe};
}

template <typename Map>
void add_tags(QueryParameters& parameters, const Map& tags) {
  std::size_t n = 0;
  for (const auto& [key, value] : tags) {
    parameters.emplace_back(fmt::format("Tags.member.{}.Key", ++n), key);
    parameters.emplace_back(fmt::format("Tags.member.{}.Value", n), value);
  }
}

void add_parameters(QueryParameters& out, const std::vector<StackParameter>& parameters) {
  std::size_t n = 0;
  for (const StackParameter& parameter : parameters) {
    const std::string prefix = fmt::format("Parameters.member.{}.", ++n);
    out.emplace_back(prefix + "ParameterKey", parameter.key);
    if (parameter.value)
      out.emplace_back(prefix + "ParameterValue", *parameter.value);
    else
      out.emplace_back(prefix + "UsePreviousValue", "true");
  }
}

void add_list(QueryParameters& out, const char* name, const std::vector<std::string>& values) {
  std::size_t n = 0;
  for (const std::string& value : values) out.emplace_back(fmt::format("{}.member.{}", name, ++n), value);
}

void add_imports(QueryParameters& out, const std::vector<ResourceToImport>& imports) {
  std::size_t n = 0;
  for (const ResourceToImport& one : imports) {
    const std::string prefix = fmt::format("ResourcesToImport.member.{}.", ++n);
    out.emplace_back(prefix + "ResourceType", one.type);
    out.emplace_back(prefix + "LogicalResourceId", one.logical_id);
    out.emplace_back(prefix + "ResourceIdentifier.entry.1.key", one.identifier);
    out.emplace_back(prefix + "ResourceIdentifier.entry.1.value", one.value);
  }
}

const char* kind_of(const ChangeSetRequest& request) {
  if (!request.import.empty()) return "IMPORT";
  return request.creates_stack ? "CREATE" : "UPDATE";
}

/// Calls `action` once for each page; `take` gets its result and says whether to go on.
template <typename Take>
void for_each_page(Client& client, const QueryAction& action, QueryParameters parameters, Take take) {
  for (std::size_t page = 0; page < kMaxPages; ++page) {
    const XmlNode result = query(client, action, parameters);
    const std::string next = result.text_of("NextToken");
    if (!take(result) || next.empty()) return;
    std::erase_if(parameters, [](const auto& parameter) { return parameter.first == "NextToken"; });
    parameters.emplace_back("NextToken", next);
  }
  throw Error(ErrorKind::kFailure, fmt::format("the answers to {} do not end", action.name));
}

}  // namespace

/// A stack that is not there is a ValidationError; only its words tell it from a wrong request.
bool is_missing_stack(const ServiceError& error) {
  return error.code() == "ChangeSetNotFound" ||
         (error.code() == "ValidationError" && error.detail().find("does not exist") != std::string::npos);
}

CloudFormation::CloudFormation(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                               const Clock& clock)
    : client_(http, std::move(options), credentials, "cloudformation", "cloudformation", clock) {}

std::string CloudFormation::token() const {
  return signature_ + "-" + random_uuid();
}

std::optional<Stack> CloudFormation::describe_stack(const std::string& name_or_id) {
  try {
    const XmlNode result = query(client_, read("DescribeStacks"), {{"StackName", name_or_id}});
    const auto stacks = result.list("Stacks");
    if (stacks.empty()) return std::nullopt;
    return stack_in(*stacks.front());
  } catch (const ServiceError& error) {
    if (is_missing_stack(error)) return std::nullopt;
    throw;
  }
}

std::string CloudFormation::create_change_set(const ChangeSetRequest& request) {
  QueryParameters parameters{{"StackName", request.stack_name},
                             {"ChangeSetName", request.name},
                             {"ChangeSetType", kind_of(request)},
                             {"ClientToken", request.name + "-" + random_uuid()}};
  if (request.previous_template)
    parameters.emplace_back("UsePreviousTemplate", "true");
  else if (request.template_url.empty())
    parameters.emplace_back("TemplateBody", request.template_body);
  else
    parameters.emplace_back("TemplateURL", request.template_url);
  std::size_t n = 0;
  for (const char* capability : {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"})
    parameters.emplace_back(fmt::format("Capabilities.member.{}", ++n), capability);
  add_parameters(parameters, request.parameters);
  add_tags(parameters, request.tags);
  if (!request.role_arn.empty()) parameters.emplace_back("RoleARN", request.role_arn);
  if (request.import.empty()) parameters.emplace_back("IncludeNestedStacks", "true");
  add_imports(parameters, request.import);
  return query(client_, write("CreateChangeSet", true), parameters).text_of("Id");
}

std::optional<ChangeSet> CloudFormation::describe_change_set(const std::string& stack, const std::string& name_or_id) {
  ChangeSet found;
  QueryParameters parameters{{"ChangeSetName", name_or_id}, {"IncludePropertyValues", "true"}};
  if (!stack.empty()) parameters.emplace(parameters.begin(), "StackName", stack);
  try {
    for_each_page(client_, read("DescribeChangeSet"), parameters, [&](const XmlNode& page) {
      detail::read_change_set_head(page, found);
      for (const XmlNode* change : page.list("Changes"))
        if (const XmlNode* resource = change->find("ResourceChange")) found.changes.push_back(change_in(*resource));
      return true;
    });
  } catch (const ServiceError& error) {
    if (is_missing_stack(error)) return std::nullopt;
    throw;
  }
  return found;
}

std::vector<ChangeSetSummary> CloudFormation::list_change_sets(const std::string& stack) {
  std::vector<ChangeSetSummary> found;
  for_each_page(client_, read("ListChangeSets"), {{"StackName", stack}}, [&](const XmlNode& page) {
    for (const XmlNode* one : page.list("Summaries"))
      found.push_back({one->text_of("ChangeSetId"), one->text_of("ChangeSetName"), one->text_of("Status"),
                       one->text_of("ExecutionStatus")});
    return true;
  });
  return found;
}

void CloudFormation::delete_change_set(const std::string& stack, const std::string& name_or_id) {
  query(client_, write("DeleteChangeSet", true), {{"StackName", stack}, {"ChangeSetName", name_or_id}});
}

void CloudFormation::execute_change_set(const std::string& stack, const std::string& name_or_id,
                                        bool disable_rollback) {
  QueryParameters parameters{{"StackName", stack}, {"ChangeSetName", name_or_id}, {"ClientRequestToken", token()}};
  if (disable_rollback) parameters.emplace_back("DisableRollback", "true");
  query(client_, write("ExecuteChangeSet", true), parameters);
}

std::vector<StackEvent> CloudFormation::events_after(const std::string& stack, const std::string& until) {
  std::vector<StackEvent> found;
  for_each_page(client_, read("DescribeStackEvents"), {{"StackName", stack}}, [&](const XmlNode& page) {
    for (const XmlNode* one : page.list("StackEvents")) {
      StackEvent event = event_in(*one);
      if (!until.empty() && event.id == until) return false;
      found.push_back(std::move(event));
    }
    return true;
  });
  return found;
}

StackEvent CloudFormation::latest_event(const std::string& stack) {
  const XmlNode result = query(client_, read("DescribeStackEvents"), {{"StackName", stack}});
  const auto events = result.list("StackEvents");
  return events.empty() ? StackEvent{} : event_in(*events.front());
}

std::vector<StackResource> CloudFormation::list_resources(const std::string& stack) {
  std::vector<StackResource> found;
  for_each_page(client_, read("ListStackResources"), {{"StackName", stack}}, [&](const XmlNode& page) {
    for (const XmlNode* one : page.list("StackResourceSummaries")) found.push_back(detail::resource_in(*one));
    return true;
  });
  return found;
}

std::string CloudFormation::get_template(const std::string& stack) {
  return query(client_, read("GetTemplate"), {{"StackName", stack}, {"TemplateStage", "Original"}})
      .text_of("TemplateBody");
}

void CloudFormation::rollback_stack(const std::string& stack, const std::string& role_arn) {
  QueryParameters parameters{{"StackName", stack}, {"ClientRequestToken", token()}};
  if (!role_arn.empty()) parameters.emplace_back("RoleARN", role_arn);
  query(client_, write("RollbackStack", true), parameters);
}

void CloudFormation::continue_update_rollback(const std::string& stack, const std::string& role_arn,
                                              const std::vector<std::string>& skip) {
  QueryParameters parameters{{"StackName", stack}, {"ClientRequestToken", token()}};
  if (!role_arn.empty()) parameters.emplace_back("RoleARN", role_arn);
  add_list(parameters, "ResourcesToSkip", skip);
  query(client_, write("ContinueUpdateRollback", true), parameters);
}

void CloudFormation::delete_stack(const std::string& stack, const std::string& role_arn,
                                  const std::vector<std::string>& retain) {
  QueryParameters parameters{{"StackName", stack}, {"ClientRequestToken", token()}};
  if (!role_arn.empty()) parameters.emplace_back("RoleARN", role_arn);
  add_list(parameters, "RetainResources", retain);
  query(client_, write("DeleteStack", true), parameters);
}

std::vector<DeletedStack> CloudFormation::deleted_stacks(const std::string& name) {
  std::vector<DeletedStack> found;
  const QueryParameters parameters{{"StackStatusFilter.member.1", "DELETE_COMPLETE"}};
  std::size_t pages = 0;
  for_each_page(client_, read("ListStacks"), parameters, [&](const XmlNode& page) {
    for (const XmlNode* one : page.list("StackSummaries"))
      if (one->text_of("StackName") == name) found.push_back({one->text_of("StackId"), one->text_of("DeletionTime")});
    return ++pages < kDeletedPages;
  });
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.deleted > b.deleted; });
  return found;
}

std::string CloudFormation::stack_policy(const std::string& stack) {
  return query(client_, read("GetStackPolicy"), {{"StackName", stack}}).text_of("StackPolicyBody");
}

void CloudFormation::set_stack_policy(const std::string& stack, const std::string& policy) {
  query(client_, write("SetStackPolicy", true), {{"StackName", stack}, {"StackPolicyBody", policy}});
}

void CloudFormation::set_termination_protection(const std::string& stack, bool on) {
  query(client_, write("UpdateTerminationProtection", true),
        {{"StackName", stack}, {"EnableTerminationProtection", on ? "true" : "false"}});
}

void CloudFormation::validate_template(const std::string& body, const std::string& url) {
  if (url.empty())
    query(client_, read("ValidateTemplate"), {{"TemplateBody", body}});
  else
    query(client_, read("ValidateTemplate"), {{"TemplateURL", url}});
}

std::string CloudFormation::detect_drift(const std::string& stack) {
  return query(client_, write("DetectStackDrift", false), {{"StackName", stack}}).text_of("StackDriftDetectionId");
}

DriftDetection CloudFormation::drift_detection(const std::string& detection) {
  const XmlNode result =
      query(client_, read("DescribeStackDriftDetectionStatus"), {{"StackDriftDetectionId", detection}});
  return {result.text_of("DetectionStatus"), result.text_of("DetectionStatusReason"),
          result.text_of("StackDriftStatus")};
}

std::vector<ResourceDrift> CloudFormation::resource_drifts(const std::string& stack) {
  std::vector<ResourceDrift> found;
  const QueryParameters parameters{{"StackName", stack},
                                   {"StackResourceDriftStatusFilters.member.1", "MODIFIED"},
                                   {"StackResourceDriftStatusFilters.member.2", "DELETED"}};
  for_each_page(client_, read("DescribeStackResourceDrifts"), parameters, [&](const XmlNode& page) {
    for (const XmlNode* one : page.list("StackResourceDrifts")) found.push_back(detail::drift_in(*one));
    return true;
  });
  return found;
}

}  // namespace wsdeep::aws
