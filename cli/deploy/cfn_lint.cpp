#include "deploy/cfn_lint.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/temporary_folder.h"
#include "base/text.h"
#include "net/run_program.h"
#include "terminal/progress_line.h"

namespace wsdeep::deploy {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::seconds kLimit{300};

/// Rules are named E…, W… and I…: error, warning, information.
stack::Severity severity_of(const std::string& rule) {
  if (rule.starts_with('E')) return stack::Severity::kError;
  return rule.starts_with('W') ? stack::Severity::kWarning : stack::Severity::kNote;
}

stack::Diagnostic diagnostic_of(const json& finding, const std::map<std::string, const LintedText*>& texts) {
  const LintedText& linted = *texts.at(finding.at("Filename").get<std::string>());
  const json& start = finding.at("Location").at("Start");
  const std::string rule = finding.at("Rule").at("Id");
  stack::Diagnostic diagnostic;
  diagnostic.severity = severity_of(rule);
  diagnostic.file = linted.name;
  diagnostic.at = {start.at("LineNumber").get<std::size_t>(), start.at("ColumnNumber").get<std::size_t>()};
  diagnostic.message = fmt::format("{} {}", rule, finding.at("Message").get<std::string>());
  diagnostic.source_line = stack::line_of(linted.text, diagnostic.at.line);
  return diagnostic;
}

std::vector<stack::Diagnostic> parse_findings(const net::ProgramRun& run,
                                              const std::map<std::string, const LintedText*>& texts) {
  std::vector<stack::Diagnostic> diagnostics;
  try {
    for (const json& finding : json::parse(run.out)) diagnostics.push_back(diagnostic_of(finding, texts));
  } catch (const std::exception&) {
    const std::string_view cause = trim(run.err);
    throw Error(ErrorKind::kFailure,
                fmt::format("cfn-lint failed with exit code {}: {}", run.exit_code,
                            strip_control(cause.substr(0, cause.find('\n')))),
                "see whether cfn-lint works by itself, or leave it out with --no-lint");
  }
  return diagnostics;
}

}  // namespace

std::optional<std::vector<stack::Diagnostic>> run_cfn_lint(const std::vector<LintedText>& texts, const Context& context,
                                                           const std::stop_token& stop) {
  const auto program = net::find_program(context.env, "cfn-lint");
  if (!program) return std::nullopt;
  const TemporaryFolder folder;
  DiskFiles files;
  std::map<std::string, const LintedText*> by_path;
  std::vector<std::string> arguments{"--format", "json", "--"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const fs::path path = folder.path() / fmt::format("{}.yaml", i);
    files.write(path, texts[i].text);
    by_path.emplace(path, &texts[i]);
    arguments.push_back(path);
  }
  ProgressLine line(context.console, context.clock);
  line.show("cfn-lint is checking…");
  return parse_findings(net::run_program(*program, arguments, context.env, kLimit, stop), by_path);
}

}  // namespace wsdeep::deploy
