#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "load/report/page.h"
#include "load/report/result.h"

/// What every report that a person reads says of a run in the same words. Of report/, compare/ and screen/.
namespace wsdeep::load {

/// The rows of the table of attempts, which add up.
struct TurnsRow {
  const char* name;
  std::uint64_t Tally::*count;
  const char* what;
};
inline constexpr std::array kTurnsRows = {
    TurnsRow{"good", &Tally::good, "whole, and within every level"},
    TurnsRow{"slow", &Tally::slow, "whole, and beyond a level"},
    TurnsRow{"refused", &Tally::refused, "told that there is no room"},
    TurnsRow{"failed", &Tally::failed, "an error before any text"},
    TurnsRow{"truncated", &Tally::truncated, "an error after some text"},
    TurnsRow{"cancelled", &Tally::cancelled, "given up by us, as planned"},
    TurnsRow{"unfinished", &Tally::unfinished, "under way when the run ended"},
};

/// `0s`, `1m00s`.
std::string seconds_text(Micros duration);
/// `60s of 5.00/s (poisson)`, `20 users, thinking 2.0s`, `trace azure.csv`.
std::string load_text(const LoadShape& shape);
/// What was asked. Of several runs each draws by a seed of its own.
std::string prompts_without_seed(const Result& result);
/// Why it did not go to its end; empty: it did.
std::string end_text(const Result& result);
/// A verdict's reason without the advice behind it, which stands at the end of the page, once for all that it is for.
std::string reason_text(const std::string& reason, const std::vector<Signal>& signals);
/// A value in the unit of what it is of.
std::string subject_value_text(const SubjectKind& what, std::optional<double> value, bool more_than = false);
/// `met`, `MISSED`, `undecided`.
TonedWord toned_word(Judgement judgement);
/// What was measured of a level, in the unit of what it speaks of.
std::string level_value_text(const LevelResult& level);
/// Reasons, by how often each was met.
using ReasonCount = std::pair<std::string, std::uint64_t>;
std::vector<ReasonCount> most_frequent_first(const std::map<std::string, std::uint64_t>& reasons);
/// The reasons that belong to all that is neither good nor slow, most frequent first.
std::string tally_reasons_text(const Tally& tally);
/// Who counted the tokens.
std::string counter_text(TokenCount counted_by);
/// What helps most: against what the tool itself could not keep up with, else by what became of the turns.
std::vector<std::string> advice_for(const Result& result);

}  // namespace wsdeep::load
