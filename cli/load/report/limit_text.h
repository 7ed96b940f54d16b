#pragma once

#include <string>

#include "load/report/limit_search.h"
#include "load/report/page.h"
#include "load/report/text.h"

namespace wsdeep::load {

/// `12.35/s`, `40 users`.
std::string load_words(LoadAxis axis, double load);
/// Whether a limit was found, or loads were swept, in capitals.
TonedWord head_of_search(const LimitSearch& search);
/// `passed`, `FAILED`, `undecided`, `INVALID`.
TonedWord toned_word(PointJudgement judged);
/// The answer in one sentence.
std::string limit_answer(const LimitSearch& search);
/// How sure it is, what broke first, what was near its limit, and how the search ended.
Facts limit_facts(const LimitSearch& search);

/// What a person reads of a search or a sweep: the interval, what broke first and what was near its limit then, every
/// load that was tried in rising order, and what would help.
std::string text_report(const LimitSearch& search, const TextStyle& style);

}  // namespace wsdeep::load
