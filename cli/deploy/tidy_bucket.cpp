#include "deploy/tidy_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/display.h"
#include "base/error.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kKeptOfAKind = 10;
constexpr std::chrono::hours kYoung{24};
constexpr std::size_t kHashLength = 64;
constexpr std::size_t kPageHashLength = 32;  // as web_artifacts cuts it
constexpr std::size_t kDeletedAtOnce = 1000;

bool is_hash(std::string_view text, std::size_t digits = kHashLength) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// What goes as one: a package, a template, or all files of a page.
struct Unit {
  std::string kind;  ///< `packages/message`, `templates`, `web`
  std::string name;  ///< what a stack that needs it says: the key, or what the keys of a page begin with
};

/// `packages/message` of `packages/message-HASH.zip`.
std::optional<Unit> package_of(std::string_view key) {
  constexpr std::string_view kFolder = "packages/", kEnd = ".zip";
  if (!key.starts_with(kFolder) || !key.ends_with(kEnd)) return std::nullopt;
  const std::string_view package = key.substr(0, key.size() - kEnd.size());
  if (package.size() < kFolder.size() + kHashLength + 2) return std::nullopt;
  const std::string_view kind = package.substr(0, package.size() - kHashLength - 1);
  const bool ours = is_hash(package.substr(kind.size() + 1)) && package[kind.size()] == '-' &&
                    kind.find('/', kFolder.size()) == std::string_view::npos;
  return ours ? std::optional(Unit{std::string(kind), std::string(key)}) : std::nullopt;
}

/// Nothing for what is not ours.
std::optional<Unit> unit_of(std::string_view key) {
  constexpr std::string_view kTemplates = "templates/", kYaml = ".yaml", kWeb = "web/";
  if (key.starts_with(kTemplates) && key.ends_with(kYaml) && key.size() > kTemplates.size() + kYaml.size() &&
      is_hash(key.substr(kTemplates.size(), key.size() - kTemplates.size() - kYaml.size())))
    return Unit{"templates", std::string(key)};
  const std::size_t slash = key.find('/', kWeb.size());
  if (key.starts_with(kWeb) && slash != std::string_view::npos && slash + 1 < key.size() &&
      is_hash(key.substr(kWeb.size(), slash - kWeb.size()), kPageHashLength))
    return Unit{"web", std::string(key.substr(0, slash))};
  return package_of(key);
}

/// What cannot be read is of now: it stays.
SystemTime time_of(const aws::ObjectVersion& version, SystemTime now) {
  try {
    return parse_iso8601(version.modified);
  } catch (const Error&) {
    return now;
  }
}

/// Kind → when each of its units was written last.
using Kinds = std::map<std::string, std::map<std::string, SystemTime>>;

Kinds kinds_of(const std::vector<aws::ObjectVersion>& versions, SystemTime now) {
  Kinds kinds;
  for (const aws::ObjectVersion& one : versions) {
    const auto unit = unit_of(one.key);
    if (!unit) continue;
    const SystemTime time = time_of(one, now);
    const auto [known, fresh] = kinds[unit->kind].emplace(unit->name, time);
    if (!fresh) known->second = std::max(known->second, time);
  }
  return kinds;
}

std::vector<std::string> newest_first(const std::map<std::string, SystemTime>& units) {
  std::vector<std::string> names;
  for (const auto& [name, time] : units) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return units.at(a) > units.at(b); });
  return names;
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
  std::set<std::string> going;
  for (const auto& [kind, units] : kinds_of(versions, now)) {
    const std::vector<std::string> names = newest_first(units);
    for (std::size_t i = kKeptOfAKind; i < names.size(); ++i)
      if (now - units.at(names[i]) > kYoung && in_use.find(names[i]) == std::string::npos) going.insert(names[i]);
  }
  std::vector<aws::ObjectVersion> found;
  std::copy_if(versions.begin(), versions.end(), std::back_inserter(found), [&](const aws::ObjectVersion& one) {
    const auto unit = unit_of(one.key);
    return unit && going.contains(unit->name);
  });
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
    for (const char* prefix : {"packages/", "templates/", "web/"})
      remove(unneeded(s3.all_versions(deployment.plan.bucket, prefix), in_use, deployment.session.context.clock.now()),
             deployment);
  } catch (const Error& error) {
    say(deployment.console(), fmt::format("warning: old packages stay in {}: {}; the next deployment tries again",
                                          deployment.plan.bucket, error.what()));
  }
}

}  // namespace wsdeep::deploy
