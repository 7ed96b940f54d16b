#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/context.h"
#include "commands/interrupts.h"
#include "commands/settings_option.h"
#include "commands/stack_target.h"
#include "stack/settings.h"
#include "stack/value_rules.h"

namespace wsdeep::commands {
namespace {

struct InitOptions {
  std::string out = "wsdeep.yaml";
  bool force = false;
  bool yes = false;
  stack::InitAnswers answers;
  std::string engine = "vllm";
  std::string egress = "nat";
  bool spot = false;
};

/// The questions of a guided run. What a flag has answered is not asked.
class Questions {
 public:
  Questions(const CLI::App& command, const Context& context, bool yes)
      : command_(command), console_(context.console), yes_(yes) {}

  /// Asks until the answer has the right form; an empty answer keeps the default.
  void text(const char* flag, const std::string& question, const stack::Rule& rule, std::string& value) const {
    if (yes_ || is_given(flag)) return;
    for (;;) {
      const std::string answer = ask(flag, question, value);
      if (answer.empty()) return;
      if (rule.holds(answer)) {
        value = answer;
        return;
      }
      say(console_, fmt::format("expected {}, got '{}'", rule.expected, strip_control(answer)));
    }
  }

  void list(const char* flag, const std::string& question, const stack::Rule& rule,
            std::vector<std::string>& values) const {
    std::string text_value = join(values, ",");
    if (yes_ || is_given(flag)) return;
    for (;;) {
      const std::string answer = ask(flag, question, text_value);
      if (answer.empty()) return;
      if (take_list(answer, rule, values)) return;
    }
  }

 private:
  bool is_given(const char* flag) const { return command_.get_option(flag)->count() > 0; }

  std::string ask(const char* flag, const std::string& question, const std::string& value) const {
    const std::string shown = value.empty() ? "none" : value;
    return std::string(trim(console_.ask(fmt::format("{} [{}]: ", question, shown), fmt::format("{} or --yes", flag))));
  }

  bool take_list(const std::string& answer, const stack::Rule& rule, std::vector<std::string>& values) const {
    std::vector<std::string> parts;
    for (const std::string_view part : split(answer, ',')) {
      parts.emplace_back(trim(part));
      if (rule.holds(parts.back())) continue;
      say(console_, fmt::format("expected {}, got '{}'", rule.expected, strip_control(parts.back())));
      return false;
    }
    values = parts;
    return true;
  }

  const CLI::App& command_;
  const Console& console_;
  bool yes_;
};

void ask_all(const Questions& questions, stack::InitAnswers& answers) {
  questions.text("--project", "Project: a short name that stacks start with", stack::kProjectName, answers.project);
  questions.text("--region", "AWS region", stack::kRegion, answers.region);
  questions.list("--environments", "Environments", stack::kEnvironmentName, answers.environments);
  questions.text("--domain", "Domain of the WebSocket addresses, such as example.com", stack::kDomainName,
                 answers.domain);
  questions.list("--origins", "Origins that browsers connect from", stack::kOrigin, answers.allowed_origins);
  questions.text("--llm-domain", "Private name of the LLM's load balancer", stack::kDomainName, answers.llm_domain);
  questions.text("--llm-certificate", "ARN of its certificate", stack::kCertificateArn, answers.llm_certificate);
  questions.text("--model", "Model", stack::kModelName, answers.model);
  questions.list("--instance-types", "Instance types of the GPU nodes", stack::kInstanceType, answers.instance_types);
  questions.text("--alarm-email", "E-mail address for alarms", stack::kEmail, answers.alarm_email);
}

/// The file, which must be one that every other command accepts.
std::string checked_settings(const InitOptions& options) {
  std::string text = stack::initial_settings(options.answers);
  const stack::ParsedSettings parsed = stack::parse_settings(text, options.out);
  if (!stack::has_errors(parsed.diagnostics)) return text;
  std::string rendered = stack::render(parsed.diagnostics);
  rendered.pop_back();
  throw Error(ErrorKind::kUsage, fmt::format("the answers do not go together, nothing was written\n{}", rendered));
}

/// What has to be done before a deployment, from the file as it was written.
std::string next_steps(const std::string& text, const std::string& file) {
  const stack::Settings settings = stack::parse_settings(text, file).settings;
  std::string steps;
  const std::vector<std::string> open = stack::unfilled(settings.environments.front());
  if (!open.empty()) steps += fmt::format("fill in: {}\n", join(open, ", "));
  return steps + fmt::format("then: wsdeep validate, wsdeep deploy -e {}\n", settings.environments.front().name);
}

int run_init(InitOptions options, const CLI::App& command, Context& context) {
  if (!options.force && context.files.read(options.out))
    throw Error(ErrorKind::kFailure, fmt::format("{} is there already, nothing was written", options.out),
                "--force overwrites it, --out names another file");
  options.answers.engine = options.engine == "ollama" ? stack::EngineKind::kOllama : stack::EngineKind::kVllm;
  options.answers.egress = options.egress == "endpoints" ? stack::Egress::kEndpoints : stack::Egress::kNat;
  options.answers.capacity = options.spot ? stack::Capacity::kSpot : stack::Capacity::kOnDemand;
  const Interrupts interrupts;
  try {
    ask_all(Questions(command, context, options.yes), options.answers);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was written");
  }
  const std::string text = checked_settings(options);
  context.files.write(options.out, text);
  context.console.err(fmt::format("wrote {}\n{}", options.out, next_steps(text, options.out)));
  return 0;
}

void add_answers(CLI::App& command, InitOptions& options) {
  stack::InitAnswers& answers = options.answers;
  const auto text = [&](const char* name, std::string& value, const char* what) {
    command.add_option(name, value, what)->group("Answers")->capture_default_str();
  };
  const auto list = [&](const char* name, std::vector<std::string>& value, const char* what) {
    command.add_option(name, value, what)->delimiter(',')->group("Answers")->capture_default_str();
  };
  text("--project", answers.project, "short name that the stacks' names start with");
  text("--region", answers.region, "AWS region of all environments");
  text("--profile", answers.profile, "profile of ~/.aws/config");
  text("--account", answers.account, "AWS account, for the ARNs of examples");
  list("--environments", answers.environments, "their names");
  text("--domain", answers.domain, "domain of the WebSocket addresses");
  list("--origins", answers.allowed_origins, "origins that browsers connect from");
  text("--llm-domain", answers.llm_domain, "private name of the LLM's load balancer");
  text("--llm-certificate", answers.llm_certificate, "ARN of its certificate");
  text("--model", answers.model, "model that the nodes serve");
  list("--instance-types", answers.instance_types, "of the GPU nodes");
  text("--alarm-email", answers.alarm_email, "where alarms go");
  command.add_option("--engine", options.engine, "vllm or ollama")
      ->check(CLI::IsMember({"vllm", "ollama"}))
      ->group("Answers")
      ->capture_default_str();
  command.add_option("--egress", options.egress, "nat, or endpoints: no NAT gateway")
      ->check(CLI::IsMember({"nat", "endpoints"}))
      ->group("Answers")
      ->capture_default_str();
  command.add_flag("--spot", options.spot, "spot instances rather than on-demand ones")->group("Answers");
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = app.add_subcommand("init", "Write a first settings file");
  command->add_option("--out", options->out, "the file")->capture_default_str();
  command->add_flag("--force", options->force, "overwrite a file that is there");
  command->add_flag("-y,--yes", options->yes, "ask nothing: defaults for what no flag says");
  add_answers(*command, *options);
  command->footer(
      "On a terminal it asks for what no flag says; an empty answer takes the default.\n\n"
      "Examples:\n"
      "  wsdeep init\n"
      "  wsdeep init --yes --project chat --region eu-west-1 --environments dev,production");
  command->callback([options, command, &context] {
    context.run = [options, command, &context] { return run_init(*options, *command, context); };
  });
}

}  // namespace wsdeep::commands
