#include "deploy/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "deploy/stack_status.h"
#include "deploy/web_artifacts.h"
#include "stack/checks/validate.h"
#include "stack/settings/initial_settings.h"
#include "stack/template/compose.h"
#include "stack/template/facts.h"
#include "stack/template/releases.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kMaxTemplate = 1 << 20;  // CloudFormation's own limit
constexpr const char* kNodeBucket = "NodePackageBucket";
// Where a rollout stands (`wsdeep fleet rollout`): settings do not say it, and a deployment leaves it alone.
constexpr const char* kRolloutPrefix = "Rollout";
constexpr const char* kNodeKey = "NodePackageKey";
constexpr const char* kLabBucket = "LabPackageBucket";
constexpr const char* kLabKey = "LabPackageKey";
constexpr const char* kWebBucket = "WebBucket";
constexpr const char* kWebPrefix = "WebPrefix";

std::string read_required(const Files& files, const std::string& path, std::size_t limit, const char* what) {
  auto text = files.read(path, limit);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("there is no {} {}", what, path));
  return *text;
}

stack::Parameter split_pair(const std::string& word, const char* expected) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::kUsage, fmt::format("{}, got '{}'", expected, word));
  return {word.substr(0, equals), word.substr(equals + 1)};
}

/// A word of the command line that contradicts an earlier one: which was meant nobody can tell.
void check_once(std::map<std::string, std::string>& seen, const stack::Parameter& word, const char* option) {
  const auto [known, fresh] = seen.emplace(word.key, word.value);
  if (!fresh && known->second != word.value)
    throw Error(ErrorKind::kUsage, fmt::format("{} gives '{}' twice, with different values", option, word.key));
}

struct GivenParameters {
  std::vector<stack::Parameter> all;
  std::map<std::string, std::string> words;  ///< those of them that were given one by one
};

/// `--parameters` in the order they were given: what comes later wins over a file.
GivenParameters given_parameters(const PlanOptions& options, const StackTarget& target, const Files& files) {
  GivenParameters given;
  std::vector<stack::Parameter>& all = given.all;
  for (const std::string& word : options.parameters) {
    if (word.starts_with("file://")) {
      const std::string path = word.substr(7);
      const std::string text = read_required(files, path, kMaxTemplate, "parameter file");
      const std::string environment = target.settings ? target.settings->name : "";
      all = stack::merge_parameters(std::move(all), stack::read_parameters(text, path, environment));
      continue;
    }
    const stack::Parameter pair = split_pair(word, "--parameters takes KEY=VALUE or file://PATH");
    check_once(given.words, pair, "--parameters");
    all = stack::merge_parameters(std::move(all), {pair});
  }
  return given;
}

using Declared = std::vector<stack::DeclaredParameter>;

bool declares(const Declared& declared, std::string_view name) {
  return std::any_of(declared.begin(), declared.end(), [&](const auto& one) { return one.name == name; });
}

stack::Part other_part(stack::Part part) {
  return part == stack::Part::kService ? stack::Part::kFleet : stack::Part::kService;
}

/// Of the template of the deployment's other stack; a template that was given stands for itself.
Declared declared_by_other(const PlanOptions& options, const StackTarget& target) {
  if (!options.template_file.empty() || !target.settings) return {};
  return stack::declared_parameters(stack::compose(*target.settings, other_part(target.part)).text);
}

[[noreturn]] void refuse_parameter(const std::string& name, const std::string& file, const Declared& declared,
                                   const Declared& other, const StackTarget& target) {
  if (declares(other, name)) {
    const bool is_fleet = target.part == stack::Part::kFleet;
    throw Error(
        ErrorKind::kUsage,
        fmt::format("'{}' is a parameter of {}, not of {}", name, target.of(other_part(target.part)).name, target.name),
        fmt::format("leave out --{}, or that parameter", is_fleet ? "fleet" : "service"));
  }
  std::vector<std::string> names;
  for (const Declared& one : {declared, other})
    for (const auto& parameter : one) names.push_back(parameter.name);
  throw Error(ErrorKind::kUsage,
              fmt::format("{} declares no parameter '{}'{}", file, name, stack::did_you_mean(name, names)));
}

/// Those of this stack. A file may hold the other one's, too, and so may the words where both are deployed.
std::vector<stack::Parameter> own_parameters(GivenParameters given, const Declared& declared, const std::string& file,
                                             const PlanOptions& options, const StackTarget& target) {
  std::optional<Declared> other;
  std::erase_if(given.all, [&](const stack::Parameter& one) {
    if (declares(declared, one.key)) return false;
    if (!other) other = declared_by_other(options, target);
    if (!declares(*other, one.key) || (given.words.contains(one.key) && !options.both))
      refuse_parameter(one.key, file, declared, *other, target);
    return true;
  });
  return std::move(given.all);
}

/// A template of somebody else may leave dozens of parameters unused, each with a warning of four lines: more than
/// three become one line.
void fold_unused(std::vector<stack::Diagnostic>& found) {
  constexpr std::size_t kMaxShown = 3;
  const auto unused = [](const stack::Diagnostic& one) {
    return one.severity == stack::Severity::kWarning && one.message.starts_with("the parameter '") &&
           one.message.ends_with("' is not used");
  };
  const auto count = static_cast<std::size_t>(std::count_if(found.begin(), found.end(), unused));
  if (count <= kMaxShown) return;
  std::vector<std::string> names;
  for (const stack::Diagnostic& one : found)
    if (unused(one)) names.emplace_back(split(one.message, '\'')[1]);
  const auto first = std::find_if(found.begin(), found.end(), unused);
  first->message = fmt::format("{} parameters are not used: {}", count, join(names, ", "));
  first->source_line.clear();
  found.erase(std::remove_if(std::next(first), found.end(), unused), found.end());
}

std::vector<stack::Diagnostic> check_template(const Plan& plan) {
  stack::ValidateOptions options;
  options.file = plan.source_name;
  options.parameters = plan.inputs.parameters;
  std::vector<stack::Diagnostic> found = stack::validate_template(plan.source, options);
  // Notes are about what `deploy` takes care of itself, such as a template that must go through S3.
  std::erase_if(found, [](const stack::Diagnostic& one) { return one.severity == stack::Severity::kNote; });
  fold_unused(found);
  if (stack::has_errors(found))
    throw Error(ErrorKind::kUsage, fmt::format("the template has errors\n{}", trim(stack::render(found))));
  return found;
}

/// CloudFormation finds this out in the middle of an update.
void check_sizes(const std::vector<stack::Parameter>& parameters) {
  const auto number = [&](std::string_view name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.key == name; });
    return found == parameters.end() ? std::nullopt : parse_integer(found->value, 0, 1'000'000);
  };
  const auto kept = number("NodesInService"), most = number("NodeMax");
  if (kept && most && *kept > 0 && *kept >= *most)
    throw Error(ErrorKind::kUsage,
                fmt::format("NodesInService is {}, NodeMax {}: there is no room for a new node "
                            "beside those that keep serving",
                            *kept, *most),
                "pass --parameters NodesInService=… below NodeMax, or raise NodeMax");
}

void check_nested(const Plan& plan) {
  const std::vector<std::string> local = stack::local_nested_stacks(plan.source);
  if (!local.empty())
    throw Error(ErrorKind::kUsage,
                fmt::format("the template of the nested stack {} is a file of this machine, which CloudFormation "
                            "cannot read",
                            join(local, ", ")),
                "put it into a bucket and name its https address, or run `aws cloudformation package` first");
}

void check_filled(const StackTarget& target) {
  if (!target.settings) return;
  const std::vector<std::string> open = stack::unfilled(*target.settings);
  if (!open.empty())
    throw Error(ErrorKind::kUsage, fmt::format("the settings still hold a placeholder in {}", join(open, ", ")),
                "write the real values into the settings file");
}

void read_source(const PlanOptions& options, const StackTarget& target, const Files& files, Plan& plan) {
  if (!options.template_file.empty()) {
    plan.source = read_required(files, options.template_file, kMaxTemplate, "template");
    plan.source_name = options.template_file;
    return;
  }
  if (!target.settings)
    throw Error(ErrorKind::kUsage, "there are no settings to render a template from",
                "write them with `wsdeep init`, or name a template with --template");
  check_filled(target);
  stack::ComposedTemplate composed = stack::compose(*target.settings, target.part);
  plan.source = std::move(composed.text);
  plan.source_name = "rendered template";
  plan.inputs.parameters = std::move(composed.parameters);
}

/// UsePreviousValue of a parameter file.
void keep_previous(Plan& plan) {
  for (const stack::Parameter& parameter : plan.inputs.parameters)
    if (parameter.previous) plan.keep.push_back(parameter.key);
  std::erase_if(plan.inputs.parameters, [](const stack::Parameter& parameter) { return parameter.previous; });
}

bool keeps(const Plan& plan, const std::string& name) {
  return std::find(plan.keep.begin(), plan.keep.end(), name) != plan.keep.end();
}

bool has_value(const std::vector<stack::Parameter>& parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const auto& one) { return one.key == name; });
}

std::string value_of(const std::vector<stack::Parameter>& parameters, std::string_view name) {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.key == name; });
  return found == parameters.end() ? "" : found->value;
}

/// A word of the command line stands above the settings, and is nobody's pin.
bool pins_node(const StackTarget& target, const std::vector<stack::DeclaredParameter>& declared, const Plan& plan) {
  const std::string pinned = target.settings ? target.settings->llm.node_package : "";
  return !pinned.empty() && declares(declared, kNodeKey) &&
         pinned.ends_with(value_of(plan.inputs.parameters, kNodeKey)) && has_value(plan.inputs.parameters, kNodeKey);
}

/// The package that the settings pin, which is in the parameters already.
void use_pinned_node(const PlanOptions& options, StackSession& session, Plan& plan) {
  std::vector<stack::Parameter>& parameters = plan.inputs.parameters;
  if (!has_value(parameters, kNodeBucket))
    parameters = stack::merge_parameters(std::move(parameters), {{kNodeBucket, plan.bucket}});
  plan.node_note = check_pin({value_of(parameters, kNodeBucket), value_of(parameters, kNodeKey)}, plan.bucket, options,
                             session, plan.artifacts);
}

/// The page's files, where the template wants to know where they are.
void add_web(const PlanOptions& options, StackSession& session, const Declared& declared, Plan& plan) {
  const bool wanted = session.target.settings && declares(declared, kWebPrefix) &&
                      !has_value(plan.inputs.parameters, kWebPrefix) && !keeps(plan, kWebPrefix);
  if (!wanted) return;
  WebArtifacts web = web_artifacts(session.context.files, options.packages, *session.target.settings);
  plan.artifacts.insert(plan.artifacts.end(), web.files.begin(), web.files.end());
  plan.inputs.parameters =
      stack::merge_parameters(std::move(plan.inputs.parameters), {{kWebBucket, plan.bucket}, {kWebPrefix, web.prefix}});
}

/// Builds what the template names, and writes the addresses that it will have into template and parameters.
void add_packages(const PlanOptions& options, StackSession& session, const Declared& declared, Plan& plan) {
  const std::set<std::string> local = stack::local_packages(plan.source);
  std::vector<std::string> names(local.begin(), local.end());
  const auto is_open = [&](const char* key) {
    return declares(declared, key) && !has_value(plan.inputs.parameters, key) && !keeps(plan, key);
  };
  if (is_open(kNodeKey)) names.emplace_back("node");
  if (is_open(kLabKey)) names.emplace_back("lab");
  if (pins_node(session.target, declared, plan)) use_pinned_node(options, session, plan);
  plan.inputs.template_text = plan.source;
  if (names.empty()) return;
  std::map<std::string, std::string> uris;
  for (const stack::Package& built : build_for(options, session, names)) {
    plan.artifacts.push_back(artifact_of(built));
    const std::string& key = plan.artifacts.back().key;
    uris[built.name] = fmt::format("s3://{}/{}", plan.bucket, key);
    if (built.name == "node")
      plan.inputs.parameters =
          stack::merge_parameters(std::move(plan.inputs.parameters), {{kNodeBucket, plan.bucket}, {kNodeKey, key}});
    if (built.name == "lab")
      plan.inputs.parameters =
          stack::merge_parameters(std::move(plan.inputs.parameters), {{kLabBucket, plan.bucket}, {kLabKey, key}});
  }
  plan.inputs.template_text = stack::with_packages_at(plan.source, uris);
}

/// Those of the settings, and over them those of the command line.
std::map<std::string, std::string> tags_of(const PlanOptions& options, const StackTarget& target) {
  std::map<std::string, std::string> tags;
  if (target.settings) tags = target.settings->tags;
  std::map<std::string, std::string> seen;
  for (const std::string& word : options.tags) {
    const stack::Parameter tag = split_pair(word, "--tags takes KEY=VALUE");
    check_once(seen, tag, "--tags");
    tags[tag.key] = tag.value;
  }
  return tags;
}

/// What is hidden of the parameters, and what keeps the value that the stack has.
void sort_declared(const Declared& declared, Plan& plan) {
  for (const auto& parameter : declared) {
    if (parameter.no_echo) plan.hidden.insert(parameter.name);
    if (keeps(plan, parameter.name) || has_value(plan.inputs.parameters, parameter.name)) continue;
    if (!parameter.has_default)
      plan.keep.push_back(parameter.name);
    else if (parameter.name.starts_with(kRolloutPrefix))
      plan.keep_if_known.push_back(parameter.name);
  }
}

/// Template and parameters, as far as they are known without AWS.
Declared read_inputs(const PlanOptions& options, const StackSession& session, Plan& plan) {
  const StackTarget& target = session.target;
  const Files& files = session.context.files;
  read_source(options, target, files, plan);
  Declared declared = stack::declared_parameters(plan.source);
  const auto given =
      own_parameters(given_parameters(options, target, files), declared, plan.source_name, options, target);
  plan.inputs.parameters = stack::merge_parameters(std::move(plan.inputs.parameters), given);
  keep_previous(plan);
  check_sizes(plan.inputs.parameters);
  return declared;
}

/// What the service's stack says, for the nodes'.
void add_service_outputs(const Declared& declared, StackSession& session, Plan& plan) {
  if (session.target.part != stack::Part::kFleet) return;
  const auto service = session.access.cloudformation.describe_stack(session.target.service_name());
  for (const stack::FleetInput& input : stack::kFleetInputs) {
    const bool is_known = has_value(plan.inputs.parameters, input.parameter) || keeps(plan, input.parameter);
    if (!declares(declared, input.parameter) || is_known) continue;
    const std::string value = service ? output_of(*service, input.output) : "";
    if (value.empty() && input.required)
      plan.missing_inputs.emplace_back(input.output);
    else
      plan.inputs.parameters.push_back({input.parameter, value});
  }
}

}  // namespace

void check_plan(const PlanOptions& options, const StackSession& session) {
  Plan plan;
  read_inputs(options, session, plan);
  check_template(plan);
  check_nested(plan);
}

void require_inputs(const Plan& plan, StackSession& session) {
  if (plan.missing_inputs.empty()) return;
  const StackTarget service = session.target.of(stack::Part::kService);
  const std::string hint = fmt::format("deploy it first, with: wsdeep deploy --service{}", service.flag());
  if (!session.access.cloudformation.describe_stack(service.name))
    throw Error(ErrorKind::kNotFound,
                fmt::format("'{}' needs the network of '{}', and there is no such stack in {}", session.target.name,
                            service.name, service.region),
                hint);
  throw Error(ErrorKind::kNotFound,
              fmt::format("'{}' needs what '{}' gives it, which has no output {}: its deployment has not ended, or is "
                          "older than this command",
                          session.target.name, service.name, join(plan.missing_inputs, ", ")),
              hint);
}

Plan make_plan(const PlanOptions& options, StackSession& session) {
  const StackTarget& target = session.target;
  Plan plan;
  plan.who = session.access.sts.get_caller_identity();
  check_account(target, plan.who);
  plan.bucket = package_bucket(options, target, plan.who);
  plan.own_bucket = options.bucket.empty();
  plan.inputs.role_arn = options.role_arn;
  plan.inputs.tags = tags_of(options, target);
  const Declared declared = read_inputs(options, session, plan);
  session.context.console.err(stack::render(check_template(plan)));
  check_nested(plan);
  add_service_outputs(declared, session, plan);
  add_packages(options, session, declared, plan);
  add_web(options, session, declared, plan);
  plan.inputs.template_text = stack::with_releases(plan.inputs.template_text, plan.inputs.parameters);
  sort_declared(declared, plan);
  return plan;
}

}  // namespace wsdeep::deploy
