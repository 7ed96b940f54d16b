// wsdeep.yaml is read twice over: the sections at the top go into one EnvironmentSettings, and every environment starts
// as a copy of it that its own sections then overwrite key by key. Beside the values goes a map from the path of a
// value to where it was written last, so that a check of a combination, which runs on the finished environment, can
// still point at the line that somebody has to change: the override when there is one, the line at the top otherwise.

#include "stack/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "stack/settings/checks.h"
#include "stack/settings/gpu_sizing.h"
#include "stack/settings/lab_section.h"
#include "stack/settings/sections.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxFileBytes = 256 << 10;
constexpr YamlLimits kSettingsLimits{kMaxFileBytes, 20, 20'000};
constexpr std::size_t kMaxEnvironments = 20;

void forget(Places& places, std::string_view section) {
  const std::string prefix = fmt::format("{}.", section);
  std::erase_if(places, [&](const auto& place) { return place.first.starts_with(prefix); });
}

/// What follows from other settings where it is not written.
void fill_derived(EnvironmentSettings& settings, const Places& places) {
  LlmSettings& llm = settings.llm;
  if (!places.contains("llm.drain_seconds")) llm.drain_seconds = llm.timeout_seconds;
  // A new account has ten executions at a time, of which none can be reserved: a first deployment must not need more.
  if (!places.contains("limits.generate_concurrency"))
    settings.limits.generate_concurrency =
        is_production_name(settings.name) && !llm.on_bedrock() ? default_concurrency(llm) : 0;
  if (settings.rest_chat && !places.contains("rest_chat.concurrency"))
    settings.rest_chat->concurrency = is_production_name(settings.name) ? RestChatSettings::kDefaultConcurrency : 0;
  if (settings.lab && !settings.backend) settings.backend = lab_backend(settings);
}

/// A reader that writes places without the environment's own path, so that an override replaces what it overrides.
EnvironmentSettings read_environment(const YamlEntry& entry, EnvironmentSettings settings, Places places,
                                     ReadContext& context) {
  settings.name = entry.key.value;
  settings.stack_name = fmt::format("{}-{}", settings.project, settings.name);
  if (!kEnvironmentName.holds(settings.name))
    context.report(entry.key.at, fmt::format("expected {}, got '{}'", kEnvironmentName.expected, settings.name));
  if (entry.value.find("network") != nullptr) forget(places, "network");
  if (!entry.value.is_map()) {
    context.report(entry.key.at, fmt::format("expected a map of settings for environment '{}'", settings.name));
    return settings;
  }
  SectionReader reader(context, entry.value, "", places);
  read_place(reader, settings);
  read_sections(reader, settings);
  reader.finish();
  fill_derived(settings, places);
  if (is_production_name(settings.name) && !places.contains("functions.canary")) settings.functions.canary.emplace();
  check_combinations(settings, places, entry.key.at, context);
  return settings;
}

/// Of both parts: an environment `dev-fleet` has the name of the nodes of `dev`.
void check_stacks_differ(const std::vector<EnvironmentSettings>& environments, const YamlNode& node,
                         ReadContext& context) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < environments.size(); ++i)
    for (const Part part : {Part::kService, Part::kFleet}) {
      const EnvironmentSettings& one = environments[i];
      const std::string name = one.stack_name_of(part);
      const auto [other, is_first] = seen.try_emplace(fmt::format("{}/{}/{}", one.profile, one.region, name), i);
      if (is_first) continue;
      // The one with the longer name is the one to change.
      const auto [first, second] = std::minmax(other->second, i);
      const std::size_t longer = environments[first].name.size() > environments[second].name.size() ? first : second;
      context.report(
          node.entries[longer].key.at,
          fmt::format("environment '{}' is the same stack as another one: '{}' in {}", environments[longer].name, name,
                      one.region),
          name.ends_with(kFleetSuffix) ? "the nodes of an environment are a stack whose name ends with -fleet" : "");
      break;
    }
}

/// The prefix is a host name of the region: the second stack that asks for it fails when all else is made.
void check_hosted_ui_differs(const std::vector<EnvironmentSettings>& environments, const YamlNode& node,
                             ReadContext& context) {
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < environments.size(); ++i) {
    const EnvironmentSettings& one = environments[i];
    if (one.auth.hosted_ui_prefix.empty()) continue;
    const auto [other, is_first] =
        first.try_emplace(fmt::format("{}.{}", one.auth.hosted_ui_prefix, one.region), one.name);
    if (is_first) continue;
    context.report(
        node.entries[i].key.at,
        fmt::format("environments '{}' and '{}' have the same auth.hosted_ui_prefix '{}' in {}, and only one "
                    "of them can get it",
                    other->second, one.name, one.auth.hosted_ui_prefix, one.region),
        fmt::format("give '{0}' its own: auth: {{hosted_ui_prefix: {1}-{0}}}", one.name, one.auth.hosted_ui_prefix));
  }
}

/// A network that is there already, by what tells it from others; empty for one that the environment makes.
std::string shared_network(const EnvironmentSettings& one) {
  if (one.network.mode == NetworkMode::kNew || one.network.vpc.empty()) return {};
  if (one.network.mode == NetworkMode::kExisting) return one.network.vpc;
  return fmt::format("{} in {}/{}/{}", one.network.vpc, one.profile, one.account, one.region);
}

/// The private zone is the VPC's: the second stack that makes one of that name there fails, and one that did not would
/// send the questions of an environment to the nodes of another.
void check_private_names_differ(const std::vector<EnvironmentSettings>& environments, const YamlNode& node,
                                ReadContext& context) {
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < environments.size(); ++i) {
    const EnvironmentSettings& one = environments[i];
    const std::string network = shared_network(one);
    if (network.empty() || one.llm.domain.empty()) continue;
    const auto [other, is_first] = first.try_emplace(fmt::format("{} {}", one.llm.domain, network), one.name);
    if (is_first) continue;
    context.report(
        node.entries[i].key.at,
        fmt::format("environments '{}' and '{}' are in the same VPC {} and have the same llm.domain '{}': a VPC has "
                    "one private zone of a name",
                    other->second, one.name, one.network.vpc, one.llm.domain),
        fmt::format("give '{0}' a name of its own, with a certificate for it: llm: {{domain: {0}.{1}}}", one.name,
                    one.llm.domain));
  }
}

void read_environments(SectionReader& top, const EnvironmentSettings& base, const Places& places, Settings& settings) {
  const YamlNode* node = top.take("environments");
  if (node == nullptr) return top.require("environments", "at least one, such as dev with its region");
  if (!node->is_map() || node->entries.empty() || node->entries.size() > kMaxEnvironments)
    return top.context().report(node->at, fmt::format("expected a map of 1 to {} environments", kMaxEnvironments));
  for (const YamlEntry& entry : node->entries)
    settings.environments.push_back(read_environment(entry, base, places, top.context()));
  check_stacks_differ(settings.environments, *node, top.context());
  check_hosted_ui_differs(settings.environments, *node, top.context());
  check_private_names_differ(settings.environments, *node, top.context());
}

Settings read_settings(const YamlNode& root, ReadContext& context) {
  Settings settings;
  EnvironmentSettings base;
  Places places;
  SectionReader top(context, root, "", places);
  top.text("project", settings.project, kProjectName);
  top.require("project", "a short name that the stacks' names start with");
  base.project = settings.project;
  read_sections(top, base);
  read_environments(top, base, places, settings);
  top.finish();
  return settings;
}

/// An inherited value is checked once for each environment; the same finding is told once.
void drop_repetitions(std::vector<Diagnostic>& diagnostics) {
  std::vector<Diagnostic> kept;
  for (Diagnostic& diagnostic : diagnostics)
    if (std::find(kept.begin(), kept.end(), diagnostic) == kept.end()) kept.push_back(std::move(diagnostic));
  diagnostics = std::move(kept);
}

}  // namespace

bool is_production_name(std::string_view name) {
  return name.starts_with("prod") || name.ends_with("-prod") || name.ends_with("-production");
}

std::vector<std::string> EnvironmentSettings::chat_routes() const {
  std::vector<std::string> names{"message", "new_conversation", "history", "cancel", "ping"};
  if (rooms) names.insert(names.end(), {"join", "leave", "who"});
  return names;
}

const EnvironmentSettings* Settings::find(std::string_view name) const {
  for (const EnvironmentSettings& environment : environments)
    if (environment.name == name) return &environment;
  return nullptr;
}

ParsedSettings parse_settings(std::string_view text, const std::string& file) {
  ParsedSettings parsed;
  YamlDocument document = parse_yaml(text, file, kSettingsLimits);
  ReadContext context{text, file, std::move(document.problems), {}};
  if (!has_errors(context.diagnostics)) {
    if (document.root.is_map())
      parsed.settings = read_settings(document.root, context);
    else
      context.report({}, "expected a map of settings", "write a first one with: wsdeep init");
  }
  parsed.diagnostics = context.take_diagnostics();
  drop_repetitions(parsed.diagnostics);
  return parsed;
}

Settings load_settings(const Files& files, const std::string& path, std::vector<Diagnostic>& warnings) {
  const auto text = files.read(path, kMaxFileBytes);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("no settings file {}", path), "write one with: wsdeep init");
  ParsedSettings parsed = parse_settings(*text, path);
  if (has_errors(parsed.diagnostics)) {
    std::string rendered = render(parsed.diagnostics);
    rendered.pop_back();
    throw Error(ErrorKind::kUsage, rendered);
  }
  warnings = std::move(parsed.diagnostics);
  return std::move(parsed.settings);
}

const EnvironmentSettings& choose_environment(const Settings& settings, std::string_view name) {
  if (name.empty() && settings.environments.size() == 1) return settings.environments.front();
  if (const EnvironmentSettings* found = settings.find(name)) return *found;
  std::vector<std::string> names;
  for (const EnvironmentSettings& environment : settings.environments) names.push_back(environment.name);
  const std::string known = fmt::format("environments in the settings: {}", join(names, ", "));
  if (name.empty()) throw Error(ErrorKind::kUsage, "which environment? there are several", known);
  throw Error(ErrorKind::kUsage, fmt::format("no environment '{}'{}", name, did_you_mean(name, names)), known);
}

}  // namespace wsdeep::stack
