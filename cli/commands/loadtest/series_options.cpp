#include "commands/loadtest/series_options.h"

#include "commands/not_empty.h"

namespace wsdeep::commands {
namespace {

constexpr const char* kSeriesGroup = "Several runs";

}  // namespace

void add_compare_options(const Command& command, SeriesOptions& options) {
  command
      .add_option("--metric", options.metrics,
                  "compare this, such as ttft_p99, e2e_p50, error_share or goodput; may be repeated")
      .repeats()
      .check(not_empty)
      .group(kSeriesGroup);
  command.add_option("--allow", options.allowed, "tolerate times and rates that are worse by at most this")
      .shows_default()
      .group(kSeriesGroup);
}

void add_series_options(const Command& command, SeriesOptions& options, const std::string& another) {
  command
      .add_option("--repeat", options.repeat, "make so many whole runs, of each side: shows how sure the figures are")
      .shows_default("")
      .group(kSeriesGroup);
  const Option same = command
                          .add_flag("--a-a", options.same_target,
                                    "compare the target with itself: what difference can be seen here, and is one "
                                    "seen where there is none?")
                          .group(kSeriesGroup);
  if (!another.empty())
    command
        .add_option("--against", options.against,
                    "compare with " + another + ": runs of both by turns, 5 of each unless --repeat says how many")
        .check(not_empty)
        .excludes(same)
        .group(kSeriesGroup);
  command.add_option("--between", options.between, "pause between two runs").shows_default().group(kSeriesGroup);
  add_compare_options(command, options);
}

load::CompareOptions compare_options_of(const SeriesOptions& options) {
  return {.subjects = load::parse_subjects(options.metrics), .allowed = load::parse_allowed(options.allowed)};
}

}  // namespace wsdeep::commands
