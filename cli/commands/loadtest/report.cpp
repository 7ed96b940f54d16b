#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/cost_options.h"
#include "commands/loadtest/told_document.h"
#include "load/cost/cost.h"
#include "load/report/document.h"
#include "load/report/outputs.h"
#include "load/report/text.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct ReportOptions {
  std::string file;
  load::OutputOptions outputs;
  CostOptions cost;
  bool text = false;
};

int run_loadtest_report(ReportOptions options, Context& context);

}  // namespace

void add_loadtest_report(const Command& loadtest, Context& context) {
  auto options = std::make_shared<ReportOptions>();
  const Command command =
      loadtest.add_subcommand("report", "Make a report of a saved run: one page of HTML, or others");
  command.add_option("file", options->file, "what --json has written; -: stdin").required();
  command.add_option("--html", options->outputs.html, "file for the page; by default FILE's name with .html");
  command.add_flag("--text", options->text, "print the summary that the run printed");
  command.add_option("--csv", options->outputs.csv, "file for the figures, CSV");
  command.add_option("--hdr", options->outputs.hdr, "file for the histograms, HdrHistogram log V2");
  command.add_option("--prometheus", options->outputs.prometheus, "file for the metrics, Prometheus text");
  add_cost_options(command, options->cost);
  command.footer(
      "Examples:\n"
      "  wsdeep loadtest report run.json\n"
      "  wsdeep loadtest report run.json --text --csv run.csv\n"
      "  wsdeep loadtest report run.json --text --instances 3xg6e.xlarge --price-instance g6e.xlarge=1.861");
  command.runs([options, &context] { return run_loadtest_report(*options, context); });
}

namespace {

constexpr const char* kStdin = "-";

std::string stdin_text() {
  std::string text;
  std::array<char, 1 << 16> block{};
  while (std::cin.read(block.data(), block.size()) || std::cin.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > load::kMaxDocumentBytes)
      throw Error(ErrorKind::kUsage, fmt::format("stdin has more than {}", human_bytes(load::kMaxDocumentBytes)));
  }
  return text;
}

std::string saved_text(const std::string& file, const Files& files) {
  if (file == kStdin) return stdin_text();
  const std::optional<std::string> text = files.read(file, load::kMaxDocumentBytes);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: there is no such file", file));
  return *text;
}

/// The page is made where nothing else is asked for; never in the place of what it is made of.
load::OutputOptions outputs_of(const ReportOptions& options) {
  load::OutputOptions outputs = options.outputs;
  const bool asked = options.text || !(outputs.html + outputs.csv + outputs.hdr + outputs.prometheus).empty();
  if (asked) return outputs;
  if (options.file == kStdin)
    throw Error(ErrorKind::kUsage, "stdin has no name that the report's could follow", "name its file: --html FILE");
  std::filesystem::path page = options.file;
  page = page.extension() == ".json" ? page.replace_extension(".html") : std::filesystem::path(options.file + ".html");
  outputs.html = page.string();
  return outputs;
}

/// Of what it was on, and by the prices of now, which need not be those that it was told with.
void set_cost(load::Result* result, const load::CostTerms& terms) {
  if (result == nullptr || (result->kind != "chat" && result->kind != "llm"))
    throw Error(ErrorKind::kUsage, "--cost: only a single run of 'chat' or 'llm' has a cost of good tokens",
                result == nullptr ? "this file has several runs" : "this one is of " + printable(result->kind));
  result->cost = load::cost_of(*result, terms);
}

load::TextStyle style_of(const Console& console) {
  return {.columns = static_cast<std::size_t>(console.columns()),
          .colour = !console.style_out("1", "x").starts_with('x')};
}

/// What speaks of one run alone is refused for several.
void require_forms(const load::Document& document, const ReportOptions& options) {
  if (std::holds_alternative<load::Result>(document) || (options.outputs.hdr + options.outputs.prometheus).empty())
    return;
  throw Error(ErrorKind::kUsage,
              fmt::format("{} has several runs: only --html, --csv and --text can be made of it", options.file));
}

int run_loadtest_report(ReportOptions options, Context& context) {
  options.outputs = outputs_of(options);
  load::check_outputs(options.outputs, options.file == kStdin ? std::string() : options.file);
  const std::string name = options.file == kStdin ? "stdin" : options.file;
  load::Document document = load::read_document(saved_text(options.file, context.files), name);
  if (const auto terms = cost_terms(options.cost, {}, context.files))
    set_cost(std::get_if<load::Result>(&document), *terms);
  require_forms(document, options);
  const load::Outputs written = load::write_outputs(options.outputs, document, nullptr, context.files);
  if (options.text) context.console.out(load::document_text(document, style_of(context.console)));
  if (!tell_faults(written, context.console)) return exit_code(ErrorKind::kFailure);
  if (!options.outputs.html.empty()) say(context.console, "the report is in " + options.outputs.html);
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
