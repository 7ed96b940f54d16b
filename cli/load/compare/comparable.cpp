#include "load/compare/comparable.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "base/error.h"
#include "base/printable.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

bool same_load(LoadShape a, const LoadShape& b) {
  a.seed = b.seed;
  return a == b;
}

[[noreturn]] void refuse_comparison(const std::string& why, std::string hint = {}) {
  throw Error(ErrorKind::kUsage, "the runs say nothing about each other: " + why, std::move(hint));
}

void require_same(const char* what, const std::string& a, const std::string& b) {
  if (a != b) refuse_comparison(fmt::format("{} '{}' and '{}'", what, printable(a), printable(b)));
}

void require_same_load(const Result& first, const Result& other) {
  require_same("tests of the kinds", first.kind, other.kind);
  require_same("their loads are", load_text(first.shape), load_text(other.shape));
  if (!same_load(first.shape, other.shape))
    refuse_comparison(
        fmt::format("both loads are '{}', but their stages, requests or cancels differ", load_text(first.shape)));
  require_same("their prompts are", prompts_without_seed(first), prompts_without_seed(other));
}

}  // namespace

void require_comparable(const std::vector<const Result*>& a, const std::vector<const Result*>& b) {
  std::set<std::string> seen;
  for (const auto* side : {&a, &b}) {
    for (const Result* run : *side) {
      if (!seen.insert(run->id).second)
        refuse_comparison(fmt::format("run {} comes twice", printable(run->id)), "name each file once");
      require_same_load(*(a.empty() ? b : a).front(), *run);
    }
  }
}

}  // namespace wsdeep::load
