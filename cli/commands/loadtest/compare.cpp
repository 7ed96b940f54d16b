#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "commands/loadtest/commands.h"
#include "commands/loadtest/series_options.h"
#include "commands/loadtest/several_runs.h"
#include "commands/loadtest/told_document.h"
#include "commands/not_empty.h"
#include "load/compare/comparable.h"
#include "load/compare/run_series.h"
#include "load/report/document.h"

namespace wsdeep::commands {
namespace {

struct CompareFiles {
  SeriesOptions series;
  std::vector<std::string> files;
  std::vector<std::string> a, b;
  load::OutputOptions outputs;
};

int run_loadtest_compare(const CompareFiles& options, Context& context);

}  // namespace

void add_loadtest_compare(const Command& loadtest, Context& context) {
  auto options = std::make_shared<CompareFiles>();
  const Command command =
      loadtest.add_subcommand("compare", "Compare saved runs: is B slower than A? Exit code 6 when it is");
  command
      .add_option("files", options->files,
                  "what --json has written: A and B, each a series of runs (--repeat); or one series of two sides")
      .check(not_empty);
  command.add_option("--a", options->a, "runs of A, a file each").check(not_empty);
  command.add_option("--b", options->b, "runs of B, a file each").check(not_empty);
  add_compare_options(command, options->series);
  command.add_option("--json", options->outputs.json, "file for all runs and what was found; -: stdout")
      .group("Output");
  command.add_option("--csv", options->outputs.csv, "file for the runs' figures, CSV").group("Output");
  command.footer(
      "The unit is the whole run; five of each side are the least that is judged.\n\n"
      "Examples:\n"
      "  wsdeep loadtest compare before.json after.json\n"
      "  wsdeep loadtest compare --a before-*.json --b after-*.json --metric ttft_p99 --allow 5%");
  command.runs([options, &context] { return run_loadtest_compare(*options, context); });
}

namespace {

load::Document kept_document(const std::string& path, Context& context) {
  const auto text = context.files.read(path, load::kMaxDocumentBytes);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: there is no such file", path));
  return load::read_document(*text, path);
}

void add_runs(load::Series& series, int side, const std::string& path, Context& context) {
  load::Document document = kept_document(path, context);
  if (auto* result = std::get_if<load::Result>(&document)) {
    series.runs.push_back({side, std::move(*result)});
    return;
  }
  auto* kept = std::get_if<load::Series>(&document);
  if (kept == nullptr || kept->sides.size() > 1)
    throw Error(ErrorKind::kUsage, fmt::format("{}: these are not the runs of one side", path),
                "a series of two sides is compared by itself: wsdeep loadtest compare FILE");
  for (load::SeriesRun& run : kept->runs) series.runs.push_back({side, std::move(run.result)});
}

load::Series series_of_sides(const std::vector<std::string>& a, const std::vector<std::string>& b, Context& context) {
  load::Series series;
  for (const auto& [side, paths] : {std::pair(0, &a), std::pair(1, &b)}) {
    const std::size_t before = series.runs.size();
    for (const std::string& path : *paths) add_runs(series, side, path, context);
    if (series.runs.size() == before) throw Error(ErrorKind::kUsage, fmt::format("{} has no run", paths->front()));
    series.sides.push_back({series.runs.back().result.target, {}});
  }
  return series;
}

load::Series series_of_two_sides(const std::string& path, Context& context) {
  load::Document document = kept_document(path, context);
  auto* series = std::get_if<load::Series>(&document);
  if (series == nullptr || series->sides.size() != 2)
    throw Error(ErrorKind::kUsage, fmt::format("{} has one side: what is it to be compared with?", path),
                "name two files, or --a and --b");
  return std::move(*series);
}

load::Series series_to_compare(const CompareFiles& options, Context& context) {
  const bool by_flags = !options.a.empty() && !options.b.empty();
  if (by_flags && options.files.empty()) return series_of_sides(options.a, options.b, context);
  if (options.a.empty() && options.b.empty()) {
    if (options.files.size() == 1) return series_of_two_sides(options.files.front(), context);
    if (options.files.size() == 2) return series_of_sides({options.files[0]}, {options.files[1]}, context);
  }
  throw Error(ErrorKind::kUsage, "expected two files, or --a FILE … --b FILE …, or one series of two sides");
}

int run_loadtest_compare(const CompareFiles& options, Context& context) {
  const load::CompareOptions how = compare_options_of(options.series);
  load::check_outputs(options.outputs);
  load::Series series = series_to_compare(options, context);
  load::require_comparable(series.runs_of(0), series.runs_of(1));
  series.purpose = series.planned > 0 ? series.purpose : load::SeriesPurpose::kFiles;
  if (series.id.empty()) series.id = random_uuid();
  load::evaluate(series, how);
  const int code = exit_code_of(series);
  const bool all_written = tell_document(options.outputs, std::move(series), nullptr, context);
  return code == 0 && !all_written ? exit_code(ErrorKind::kFailure) : code;
}

}  // namespace

}  // namespace wsdeep::commands
