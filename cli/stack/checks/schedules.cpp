#include <fmt/format.h>

#include "stack/checks/context.h"
#include "stack/settings/schedule_expression.h"

namespace wsdeep::stack {
namespace {

/// A value that is written out, or nullptr: what is computed is known at deployment.
const YamlNode* text_of(const YamlNode& map, std::string_view key) {
  const YamlNode* value = map.find(key);
  const bool literal = value != nullptr && value->is_scalar() && intrinsic_of(*value).name.empty() &&
                       value->value.find("{{resolve:") == std::string::npos &&
                       value->value.find("${") == std::string::npos;
  return literal ? value : nullptr;
}

class ScheduleChecks {
 public:
  explicit ScheduleChecks(ValidateContext& context) : context_(context) {}

  void resource(const YamlNode& resource) {
    const YamlNode* type = resource.find("Type");
    const YamlNode* properties = resource.find("Properties");
    if (type == nullptr || properties == nullptr) return;
    if (type->value == "AWS::Events::Rule")
      schedule(*properties, "ScheduleExpression", ScheduleDialect::kRule);
    else if (type->value == "AWS::Scheduler::Schedule")
      scheduler(*properties);
    else if (type->value == "AWS::AutoScaling::ScheduledAction")
      scheduled_action(*properties);
    else if (type->value == "AWS::ApplicationAutoScaling::ScalableTarget")
      scalable_target(*properties);
    else if (type->value.starts_with("AWS::Serverless::"))
      sam_events(*properties);
  }

 private:
  void tell(const YamlNode& value, const std::string& problem) {
    if (!problem.empty())
      context_.report_refused(value.at, fmt::format("wrong schedule {}: {}", quote_value(value.value), problem));
  }

  void schedule(const YamlNode& map, std::string_view key, ScheduleDialect dialect) {
    if (const YamlNode* value = text_of(map, key)) tell(*value, schedule_problem(value->value, dialect));
  }

  void time_zone(const YamlNode& map, std::string_view key) {
    const YamlNode* value = text_of(map, key);
    if (value == nullptr) return;
    const std::string problem = time_zone_problem(value->value);
    if (!problem.empty())
      context_.report_refused(value->at, problem);
    else if (!is_known_time_zone(value->value).value_or(true))
      context_.warn(value->at, fmt::format("this machine knows no time zone '{}'", value->value));
  }

  void scheduler(const YamlNode& properties) {
    schedule(properties, "ScheduleExpression", ScheduleDialect::kScheduler);
    time_zone(properties, "ScheduleExpressionTimezone");
  }

  void scheduled_action(const YamlNode& properties) {
    const YamlNode* recurrence = text_of(properties, "Recurrence");
    // Whether Auto Scaling takes EventBridge's ? is not documented.
    if (recurrence != nullptr && recurrence->value.find('?') == std::string::npos)
      tell(*recurrence, unix_cron_problem(recurrence->value));
    time_zone(properties, "TimeZone");
  }

  void scalable_target(const YamlNode& properties) {
    const YamlNode* actions = properties.find("ScheduledActions");
    if (actions == nullptr) return;
    for (const YamlNode& action : actions->items) {
      schedule(action, "Schedule", ScheduleDialect::kScheduler);
      time_zone(action, "Timezone");
    }
  }

  void sam_events(const YamlNode& properties) {
    const YamlNode* events = properties.find("Events");
    if (events == nullptr) return;
    for (const YamlEntry& event : events->entries) {
      const YamlNode* type = event.value.find("Type");
      const YamlNode* own = event.value.find("Properties");
      if (type == nullptr || own == nullptr) continue;
      if (type->value == "Schedule") schedule(*own, "Schedule", ScheduleDialect::kRule);
      if (type->value == "ScheduleV2") scheduler(*own);
    }
  }

  ValidateContext& context_;
};

}  // namespace

void check_schedules(ValidateContext& context) {
  ScheduleChecks checks(context);
  for (const auto& [id, resource] : context.resources) checks.resource(*resource);
}

}  // namespace wsdeep::stack
