#include "deploy/tidy_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/display.h"
#include "base/error.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kKeptOfAKind = 10;
constexpr std::chrono::hours kYoung{24};
constexpr std::size_t kHashLength = 64;
constexpr std::size_t kDeletedAtOnce = 1000;

bool is_hash(std::string_view text) {
  return text.size() == kHashLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// `packages/message` for `packages/message-HASH.zip`, `templates` for `templates/HASH.yaml`; empty for what is not
/// ours.
std::string kind_of(std::string_view key) {
  const auto without = [&](std::string_view prefix, std::string_view suffix) -> std::string_view {
    if (!key.starts_with(prefix) || !key.ends_with(suffix) || key.size() <= prefix.size() + suffix.size()) return {};
    return key.substr(prefix.size(), key.size() - prefix.size() - suffix.size());
  };
  if (is_hash(without("templates/", ".yaml"))) return "templates";
  const std::string_view package = without("packages/", ".zip");
  if (package.size() < kHashLength + 2 || !is_hash(package.substr(package.size() - kHashLength))) return {};
  const std::string_view name = package.substr(0, package.size() - kHashLength - 1);
  return package[name.size()] == '-' && name.find('/') == std::string_view::npos ? "packages/" + std::string(name) : "";
}

/// What cannot be read is of now: it stays.
SystemTime time_of(const aws::ObjectVersion& version, SystemTime now) {
  try {
    return parse_iso8601(version.modified);
  } catch (const Error&) {
    return now;
  }
}

/// Kind → its keys, newest first.
std::map<std::string, std::vector<std::string>> keys_by_kind(const std::map<std::string, SystemTime>& newest) {
  std::map<std::string, std::vector<std::string>> kinds;
  for (const auto& [key, time] : newest) kinds[kind_of(key)].push_back(key);
  for (auto& [kind, keys] : kinds)
    std::stable_sort(keys.begin(), keys.end(),
                     [&](const auto& a, const auto& b) { return newest.at(a) > newest.at(b); });
  return kinds;
}

bool has_own_bucket(const Deployment& deployment) {
  return deployment.plan.own_bucket && !deployment.plan.artifacts.empty();
}

void remove(const std::vector<aws::ObjectVersion>& versions, const Deployment& deployment) {
  std::set<std::string> keys;
  std::uint64_t bytes = 0;
  for (const aws::ObjectVersion& one : versions) {
    keys.insert(one.key);
    bytes += one.bytes;
  }
  for (std::size_t at = 0; at < versions.size(); at += kDeletedAtOnce) {
    const auto from = versions.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = versions.begin() + static_cast<std::ptrdiff_t>(std::min(at + kDeletedAtOnce, versions.size()));
    deployment.session.access.s3.delete_versions(deployment.plan.bucket, {from, to});
  }
  if (!keys.empty())
    deployment.console().err(fmt::format("bucket    removed {} file{} that nothing needs any more ({})\n", keys.size(),
                                         keys.size() == 1 ? "" : "s", human_bytes(bytes)));
}

}  // namespace

std::vector<aws::ObjectVersion> unneeded(const std::vector<aws::ObjectVersion>& versions, const std::string& in_use,
                                         SystemTime now) {
  std::map<std::string, SystemTime> newest;
  for (const aws::ObjectVersion& one : versions) {
    if (kind_of(one.key).empty()) continue;
    const SystemTime time = time_of(one, now);
    const auto [known, fresh] = newest.emplace(one.key, time);
    if (!fresh) known->second = std::max(known->second, time);
  }
  std::set<std::string> going;
  for (const auto& [kind, keys] : keys_by_kind(newest))
    for (std::size_t i = kKeptOfAKind; i < keys.size(); ++i)
      if (now - newest.at(keys[i]) > kYoung && in_use.find(keys[i]) == std::string::npos) going.insert(keys[i]);
  std::vector<aws::ObjectVersion> found;
  std::copy_if(versions.begin(), versions.end(), std::back_inserter(found),
               [&](const aws::ObjectVersion& one) { return going.contains(one.key); });
  return found;
}

std::string names_in_use(const Deployment& deployment) {
  if (!has_own_bucket(deployment)) return {};
  aws::CloudFormation& cloudformation = deployment.cloudformation();
  std::string names;
  for (const stack::Part part : {stack::Part::kService, stack::Part::kFleet}) {
    const auto stack = cloudformation.describe_stack(deployment.target().of(part).name);
    if (!stack || situation_of(stack->status) == Situation::kNeverCreated) continue;
    names += cloudformation.get_template(stack->id);
    for (const auto& [key, value] : stack->parameters) names += "\n" + value;
  }
  return names;
}

void tidy_bucket(const Deployment& deployment, const std::string& before) {
  if (!has_own_bucket(deployment)) return;
  try {
    std::string in_use = before + "\n" + names_in_use(deployment) + "\n" + deployment.plan.inputs.template_text;
    for (const Artifact& artifact : deployment.plan.artifacts) in_use += "\n" + artifact.key;
    aws::S3& s3 = deployment.session.access.s3;
    for (const char* prefix : {"packages/", "templates/"})
      remove(unneeded(s3.all_versions(deployment.plan.bucket, prefix), in_use, deployment.session.context.clock.now()),
             deployment);
  } catch (const Error& error) {
    say(deployment.console(), fmt::format("warning: old packages stay in {}: {}; the next deployment tries again",
                                          deployment.plan.bucket, error.what()));
  }
}

}  // namespace wsdeep::deploy
