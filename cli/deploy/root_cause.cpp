#include "deploy/root_cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "stack/checks/validate.h"

namespace wsdeep::deploy {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_failure(const aws::StackEvent& event) {
  return event.status.ends_with("_FAILED");
}

/// The failure of the whole, which lists those of its parts.
bool is_of_stack(const aws::StackEvent& event) {
  return event.type == "AWS::CloudFormation::Stack";
}

bool is_cascade(const aws::StackEvent& event) {
  if (event.reason.empty()) return true;
  const std::string reason = to_lower(event.reason);
  if (contains(reason, "cancelled")) return true;
  if (!is_of_stack(event)) return false;
  return event.physical_id == event.stack_id || contains(reason, "embedded stack") ||
         contains(reason, "following resource(s) failed");
}

struct Known {
  std::string_view words;  ///< lower-case, in the reason
  std::string_view advice;
};

/// In order: the first that fits.
constexpr std::array<Known, 20> kKnown{{
    {"expiredtoken", "the credentials ended during the deployment: sign in again and run deploy again"},
    {"cloudwatch logs role arn must be set",
     "set api_gateway_logging_role: true in wsdeep.yaml, or give API Gateway a role for logs in this account"},
    {"unreservedconcurrentexecution",
     "the account's Lambda quota is too small for limits.generate_concurrency: ask for more concurrent executions in "
     "Service Quotas, or set limits.generate_concurrency: 0 in wsdeep.yaml, and long answers can hold up sign-ins"},
    {"denied by stack policy",
     "the stack's policy forbids it: when it is meant, deploy once with protection.policy: allow-all in wsdeep.yaml"},
    {"is not authorized to perform", "allow the action that the reason names for this identity, or pass --role-arn"},
    {"access denied", "allow the action for this identity, or pass --role-arn"},
    {"accessdenied", "allow the action for this identity, or pass --role-arn"},
    {"cannot be assumed by lambda", "the new role was not known everywhere yet: run deploy again"},
    {"already exists",
     "something of that name exists outside of this stack: remove it, import it, or choose another name"},
    {"already associated with another user pool", "choose another auth.hosted_ui_prefix: it is unique in the world"},
    {"insufficientinstancecapacity", "name more llm.instance_types or zones, or use on_demand capacity"},
    {"insufficient capacity", "name more llm.instance_types or zones, or use on_demand capacity"},
    {"success signal", "the instance did not report in: read /var/log/cloud-init-output.log on it"},
    {"rate exceeded", "AWS throttled the call: run deploy again"},
    {"limitexceeded", "ask for a higher quota in the Service Quotas console, or remove what is not needed"},
    {"limit exceeded", "ask for a higher quota in the Service Quotas console, or remove what is not needed"},
    {"maximum number of", "ask for a higher quota in the Service Quotas console, or remove what is not needed"},
    {"nosuchkey", "the package is not in the bucket any more: run deploy again, it uploads what is missing"},
    {"did not stabilize", "the resource was made but did not become healthy: look at its own events and logs"},
    {"not empty", "empty it, or keep it with DeletionPolicy: Retain"},
}};

constexpr std::array<Known, 6> kGeneral{{
    {"certificate", "the certificate must be issued, cover the name, and be in the stack's own region"},
    {"does not exist", "what the property refers to is missing: check its name, its region and the account"},
    {"not found", "what the property refers to is missing: check its name, its region and the account"},
    {"validation failed", "the service does not take this value: compare the property with its documentation"},
    {"unsupported property", "the resource type has no such property: check its spelling"},
    {"invalid", "the service does not take this value: compare the property with its documentation"},
}};

std::string labelled(const char* label, const std::string& value, const ChangeStyle& style) {
  constexpr std::size_t kIndent = 12;
  return value.empty() ? "" : wrap(fmt::format("  {:<9} {}", label, value), style.columns, kIndent) + "\n";
}

/// `t.yaml:7:3`, and what it belongs to when that is not the resource itself.
std::string place_text(const TemplatePlace& place, std::string_view logical_id, const char* relation) {
  const std::string at = fmt::format("{}:{}:{}", place.file, place.at.line, place.at.column);
  return place.resource == logical_id ? at : fmt::format("{} ({}{})", at, relation, place.resource);
}

/// `Vpc` of `Network/Vpc`.
std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string title_of(const aws::StackEvent& event) {
  return printable(fmt::format("{} ({}) {}", event.logical_id, event.type, event.status));
}

}  // namespace

std::string advice_for(const std::string& reason, const std::string& type) {
  const std::string lower = to_lower(reason);
  for (const Known& known : kKnown)
    if (contains(lower, known.words)) return std::string(known.advice);
  for (const Known& known : kGeneral)
    if (contains(lower, known.words)) return std::string(known.advice);
  if (type == "AWS::CloudFormation::CustomResource" || type.starts_with("Custom::"))
    return "read the log of the function behind the custom resource";
  return {};
}

std::optional<RootCause> find_root_cause(const std::vector<aws::StackEvent>& events) {
  std::vector<aws::StackEvent> own, folded;
  for (const aws::StackEvent& event : events)
    if (is_failure(event)) (is_cascade(event) ? folded : own).push_back(event);
  if (own.empty() && folded.empty()) return std::nullopt;
  // Events of nested stacks were fetched apart: time decides, and the order they came in where it is the same.
  std::vector<aws::StackEvent>& causes = own.empty() ? folded : own;
  std::stable_sort(causes.begin(), causes.end(),
                   [](const aws::StackEvent& a, const aws::StackEvent& b) { return a.time < b.time; });
  RootCause cause;
  cause.event = causes.front();
  if (own.empty()) {
    cause.cascades = folded.size() - 1;
  } else {
    cause.others.assign(causes.begin() + 1, causes.end());
    cause.cascades = folded.size();
  }
  cause.advice = advice_for(cause.event.reason, cause.event.type);
  return cause;
}

std::optional<TemplatePlace> place_of(const std::string& logical_id, const std::string& template_text,
                                      const std::string& file) {
  std::optional<TemplatePlace> best;
  for (const auto& [id, at] : stack::resource_places(template_text))
    if (logical_id.starts_with(id) && (!best || id.size() > best->resource.size())) best = TemplatePlace{file, id, at};
  return best;
}

std::string render_failure(const RootCause& cause, const std::vector<TemplatePlace>& places, const ChangeStyle& style) {
  std::string out = styled(style.danger, "root cause: " + title_of(cause.event)) + "\n";
  const std::string reason = printable(cause.event.reason.empty() ? "none was given" : cause.event.reason);
  out += labelled("reason", reason, style);
  out += labelled("resource", printable(cause.event.physical_id), style);
  out += labelled("stack", cause.event.stack_name, style);
  for (std::size_t i = 0; i < places.size(); ++i)
    out += i == 0 ? labelled("from", place_text(places[i], last_part(cause.event.logical_id), "made for "), style)
                  : labelled("within", place_text(places[i], "", ""), style);
  out += labelled("fix", cause.advice, style);
  for (const aws::StackEvent& other : cause.others)
    out += fmt::format("also failed: {}\n", title_of(other)) + labelled("reason", printable(other.reason), style);
  if (cause.cascades > 0)
    out += fmt::format("{} more failure{} only follow{} from this\n", cause.cascades, cause.cascades == 1 ? "" : "s",
                       cause.cascades == 1 ? "s" : "");
  return out;
}

}  // namespace wsdeep::deploy
