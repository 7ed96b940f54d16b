#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/stack/settings_option.h"
#include "commands/stack_options.h"
#include "stack/settings/initial_settings.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

struct InitOptions {
  std::string out = "wsdeep.yaml";
  bool force = false;
  bool yes = false;
  std::map<std::string, std::vector<std::string>> flags;  ///< words of the answers that flags give, by flag
};

int run_init(const InitOptions& options, Context& context);

void add_answers(const Command& command, InitOptions& options) {
  for (const stack::Question& question : stack::init_questions()) {
    const std::string flag(question.flag);
    command
        .add_option(
            "--" + flag, [&options, flag](const std::vector<std::string>& words) { options.flags[flag] = words; },
            std::string(question.text))
        .repeats()
        .shows_default(std::string(question.standard))
        .group("Answers");
  }
}

}  // namespace

void add_init(const Command& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  const Command command = app.add_subcommand("init", "Write a first settings file");
  command.add_option("--out", options->out, "the file").shows_default();
  command.add_flag("--force", options->force, "overwrite a file that is there");
  command.add_flag("-y,--yes", options->yes, "ask nothing: defaults for what no flag says");
  add_answers(command, *options);
  command.footer(
      "On a terminal it asks for what no flag says; Enter takes what is shown, `none` no value.\n"
      "An answer may differ by environment: --region eu-west-1 --region production=us-east-1,\n"
      "or at a question: eu-west-1 production=us-east-1. Lists have commas: --origins URL,URL.\n"
      "From --hosted-ui-prefix every environment but production makes a name with its own in it; from --domain, too:\n"
      "chat.example.org is production's (or the only one's), dev.chat.example.org that of dev; of example.org,\n"
      "ws.example.org and ws.dev.example.org. What was made is told at the end.\n\n"
      "Examples:\n"
      "  wsdeep init\n"
      "  wsdeep init --yes --project chat --region eu-west-1 --environments dev,production\n"
      "  wsdeep init --yes --user-pool us-east-1_AbC123xyz --client-ids 1example23456789 \\\n"
      "      --network existing --vpc vpc-0123456789abcdef0 \\\n"
      "      --subnets subnet-0123456789abcdef0,subnet-0123456789abcdef1");
  command.runs([options, &context] { return run_init(*options, context); });
}

namespace {

std::vector<std::string> problems_of(const stack::InitAnswers& answers);

/// A guided run. What a flag has answered is not asked.
class Guide {
 public:
  Guide(const InitOptions& options, const Console& console, stack::InitAnswers& answers)
      : options_(options), console_(console), answers_(answers) {}

  /// Asks topic by topic. The answers of a topic that do not go together are told and asked again, with themselves as
  /// what Enter takes: nothing has to be typed twice.
  void run() {
    const auto& questions = stack::init_questions();
    for (auto first = questions.begin(); first != questions.end();) {
      const auto last = std::find_if(first, questions.end(),
                                     [&](const stack::Question& question) { return question.topic != first->topic; });
      const std::vector<std::string> before = problems_of(answers_);
      while (ask_topic(first, last) && tell_problems(before)) {
      }
      first = last;
    }
  }

 private:
  using Place = std::vector<stack::Question>::const_iterator;

  /// Whether something was asked.
  bool ask_topic(Place first, Place last) {
    bool asked = false;
    for (; first != last; ++first) {
      const bool is_given = options_.flags.count(std::string(first->flag)) > 0;
      if (is_given || (first->applies != nullptr && !first->applies(answers_))) continue;
      ask(*first, asked ? "" : fmt::format("\n{}\n", console_.style_err("1", first->topic)));
      asked = true;
    }
    return asked;
  }

  /// An empty answer keeps what is shown.
  void ask(const stack::Question& question, std::string heading) {
    for (;; heading.clear()) {
      const std::string prompt = fmt::format("{}  {} [{}]: ", heading, question.text, answers_.written(question));
      const std::string line = console_.ask(prompt, fmt::format("--{} or --yes", question.flag));
      if (trim(line).empty()) return;
      try {
        answers_.set(question, question.may_differ ? words_of(line) : std::vector{std::string(trim(line))});
        return;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kUsage) throw;
        say(console_, error.what());
      }
    }
  }

  /// Blanks separate words, but not the items of a list.
  static std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    bool goes_on = false;
    for (std::string_view part : split(line, ' ')) {
      part = trim(part);
      if (part.empty()) continue;
      if (goes_on || (part.front() == ',' && !words.empty()))
        words.back() += part;
      else
        words.emplace_back(part);
      goes_on = part.back() == ',';
    }
    return words;
  }

  bool tell_problems(const std::vector<std::string>& before) const {
    bool found = false;
    for (const std::string& problem : problems_of(answers_)) {
      if (std::find(before.begin(), before.end(), problem) != before.end()) continue;
      say(console_, problem);
      found = true;
    }
    return found;
  }

  const InitOptions& options_;
  const Console& console_;
  stack::InitAnswers& answers_;
};

stack::InitAnswers answers_of_flags(const InitOptions& options);
void tell_of_idle_flags(const InitOptions& options, const stack::InitAnswers& answers, const Console& console);
std::string checked_settings(const stack::InitAnswers& answers, const std::string& file);
std::string next_steps(const std::string& text, const std::string& file);

int run_init(const InitOptions& options, Context& context) {
  if (!options.force && context.files.read(options.out))
    throw Error(ErrorKind::kFailure, fmt::format("{} is there already, nothing was written", options.out),
                "--force overwrites it, --out names another file");
  stack::InitAnswers answers = answers_of_flags(options);
  const Interrupts interrupts;
  try {
    if (!options.yes) Guide(options, context.console, answers).run();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(error.kind(), "interrupted: nothing was written");
  }
  const std::string text = checked_settings(answers, options.out);
  tell_of_idle_flags(options, answers, context.console);
  context.files.write(options.out, text);
  context.console.err(fmt::format("wrote {}\n{}", options.out, next_steps(text, options.out)));
  return 0;
}

/// What is wrong with the file that the answers make. The messages alone: nobody has seen its lines yet.
std::vector<std::string> problems_of(const stack::InitAnswers& answers) {
  std::vector<std::string> problems;
  for (const stack::Diagnostic& diagnostic : stack::parse_settings(stack::initial_settings(answers)).diagnostics)
    if (diagnostic.severity == stack::Severity::kError)
      problems.push_back(diagnostic.hint.empty() ? diagnostic.message
                                                 : fmt::format("{}; {}", diagnostic.message, diagnostic.hint));
  // Each environment that inherits a mistake reports it.
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  return problems;
}

stack::InitAnswers answers_of_flags(const InitOptions& options) {
  stack::InitAnswers answers;
  for (const stack::Question& question : stack::init_questions())
    if (const auto words = options.flags.find(std::string(question.flag)); words != options.flags.end()) try {
        answers.set(question, words->second);
      } catch (const Error& error) {
        throw Error(error.kind(), fmt::format("--{}: {}", question.flag, error.what()), error.hint());
      }
  return answers;
}

/// What was typed for nothing, such as a network where there is nothing to put in it.
void tell_of_idle_flags(const InitOptions& options, const stack::InitAnswers& answers, const Console& console) {
  for (const stack::Question& question : stack::init_questions())
    if (options.flags.contains(std::string(question.flag)) && answers.says_nothing(question))
      say(console, fmt::format("warning: --{} says nothing with these answers: it is not in the file", question.flag));
}

/// The file, which must be one that every other command accepts.
std::string checked_settings(const stack::InitAnswers& answers, const std::string& file) {
  std::string text = stack::initial_settings(answers);
  const stack::ParsedSettings parsed = stack::parse_settings(text, file);
  if (!stack::has_errors(parsed.diagnostics)) return text;
  std::string rendered = stack::render(parsed.diagnostics);
  rendered.pop_back();
  throw Error(ErrorKind::kUsage, fmt::format("the answers do not go together, nothing was written\n{}", rendered));
}

/// The names that the environments got, for which their certificates have to be.
std::string addresses_of(const stack::Settings& settings) {
  std::string lines;
  for (const stack::EnvironmentSettings& environment : settings.environments)
    if (environment.domain)
      lines += fmt::format("address of {}: wss://{}\n", environment.name, environment.domain->name);
  return lines;
}

/// What has to be done before a deployment, from the file as it was written.
std::string next_steps(const std::string& text, const std::string& file) {
  const stack::Settings settings = stack::parse_settings(text, file).settings;
  std::map<std::string, std::vector<std::string>> open;  // a setting → the environments that lack it
  for (const stack::EnvironmentSettings& environment : settings.environments)
    for (const std::string& path : stack::unfilled(environment)) open[path].push_back(environment.name);
  std::string steps = addresses_of(settings);
  for (const auto& [path, names] : open) steps += fmt::format("fill in: {} ({})\n", path, join(names, ", "));
  return steps + fmt::format("then: wsdeep validate, wsdeep deploy -e {}\n", settings.environments.front().name);
}

}  // namespace

}  // namespace wsdeep::commands
