#include "deploy/stack_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"

namespace wsdeep::deploy {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Its length before each part keeps `a`, `bc` apart from `ab`, `c`.
void add_part(std::string& all, std::string_view part) {
  all += fmt::format("{}:", part.size());
  all += part;
}

}  // namespace

bool is_in_progress(std::string_view status) {
  return status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS";
}

bool is_success(std::string_view status) {
  return is_one_of(status, {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"});
}

Situation situation_of(std::string_view status) {
  if (status.empty() || status == "DELETE_COMPLETE") return Situation::kAbsent;
  if (status == "REVIEW_IN_PROGRESS") return Situation::kNeverCreated;
  if (is_in_progress(status)) return Situation::kInProgress;
  if (status == "UPDATE_ROLLBACK_FAILED") return Situation::kRollbackStuck;
  if (is_one_of(status, {"CREATE_FAILED", "UPDATE_FAILED"})) return Situation::kFailedKept;
  if (status == "ROLLBACK_COMPLETE") return Situation::kDead;
  if (is_one_of(status, {"ROLLBACK_FAILED", "DELETE_FAILED"})) return Situation::kHalfGone;
  return Situation::kReady;
}

std::string change_set_name(const DeploymentInputs& inputs) {
  std::string all;
  add_part(all, inputs.template_text);
  for (const stack::Parameter& parameter : inputs.parameters) {
    add_part(all, parameter.key);
    add_part(all, parameter.value);
  }
  add_part(all, "tags");
  for (const auto& [key, value] : inputs.tags) {
    add_part(all, key);
    add_part(all, value);
  }
  add_part(all, inputs.role_arn);
  return "wsdeep-" + hex(sha256(all)).substr(0, 16);
}

std::string name_in_arn(const std::string& arn) {
  const auto parts = split(arn, '/');
  return parts.size() == 3 ? std::string(parts[1]) : arn;
}

bool has_no_changes(const aws::ChangeSet& change_set) {
  if (change_set.status != "FAILED") return false;
  const std::string& reason = change_set.status_reason;
  return reason.find("didn't contain changes") != std::string::npos ||
         reason.find("No updates are to be performed") != std::string::npos;
}

std::string artifact_bucket(const std::string& stack, std::string_view account, std::string_view region) {
  constexpr std::size_t kMaxBucket = 63, kHash = 8;
  const std::size_t around = std::string_view("wsdeep---").size() + account.size() + region.size();
  const std::size_t room = kMaxBucket - std::min(around, kMaxBucket - kHash - 1);
  std::string name = to_lower(stack);
  if (name != stack || name.size() > room)
    name = fmt::format("{}-{}", name.substr(0, room - kHash - 1), hex(sha256(stack)).substr(0, kHash));
  return fmt::format("wsdeep-{}-{}-{}", name, account, region);
}

}  // namespace wsdeep::deploy
