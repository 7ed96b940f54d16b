#include "load/measure/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

struct NamedSubject {
  std::string_view name;
  SubjectKind what;
  bool more_is_better;
};

/// Beside the quantiles of metrics.
constexpr std::array<NamedSubject, 7> kNamedSubjects = {{
    {"good_share", Share::kGood, true},
    {"error_share", Share::kErrors, false},
    {"refused_share", Share::kRefused, false},
    {"stall_rate", Share::kStalls, false},
    {"stickiness", Share::kStickiness, true},
    {"goodput", Rate::kGoodput, true},
    {"output_rate", Rate::kTokens, true},
}};

/// `ttft_p99.9`: the metric, and a share above 0 and below 1.
std::optional<MetricQuantile> quantile_named(std::string_view name) {
  const std::size_t at = name.rfind("_p");
  if (at == std::string_view::npos) return std::nullopt;
  const auto metric = metric_named(name.substr(0, at));
  const auto percent = number_in(name.substr(at + 2));
  if (!metric || !percent || *percent <= 0 || *percent >= 100) return std::nullopt;
  return MetricQuantile{*metric, *percent / 100};
}

}  // namespace

std::optional<Subject> subject_named(std::string_view name) {
  if (const auto quantile = quantile_named(name)) return Subject{std::string(name), *quantile, false};
  const auto* found = std::ranges::find(kNamedSubjects, name, &NamedSubject::name);
  if (found == kNamedSubjects.end()) return std::nullopt;
  return Subject{std::string(name), found->what, found->more_is_better};
}

std::vector<std::string> subject_names() {
  std::vector<std::string> names;
  for (const NamedSubject& subject : kNamedSubjects) names.emplace_back(subject.name);
  for (const MetricFacts& facts : metric_table()) names.push_back(fmt::format("{}_p99", facts.name));
  return names;
}

std::string_view subjects_in_words() {
  return "a metric's percentile such as ttft_p99, e2e_p50 or frame_gap_p99.9, or good_share, error_share, "
         "refused_share, stall_rate, stickiness, goodput or output_rate";
}

std::string_view unit_of(const SubjectKind& what) {
  if (std::holds_alternative<MetricQuantile>(what)) return "_us";
  return std::holds_alternative<Share>(what) ? "_share" : "_per_s";
}

}  // namespace wsdeep::load
