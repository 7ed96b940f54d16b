#pragma once

#include <string>
#include <vector>

#include "load/measure/paired.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// The mean of a part of the way to the first text, in words; what the clocks do not allow is `-`.
struct PairRow {
  std::string part, chat, llm, difference;
  std::string clocks;  ///< `± 42us`, where two clocks have a say
};
/// The parts and their sum; none where no pair has them.
std::vector<PairRow> pair_rows(const PairedFigures& figures);
/// Which pairs there were, and how their TTFTs differ.
Facts pair_facts(const PairedFigures& figures);
/// What the rows are over, and what is not told, and why.
Facts pair_split_facts(const PairedFigures& figures);

/// What the front door costs: the same prompt on both planes, pair by pair.
void tell_pairs(Page& page, const PairedFigures& figures);

}  // namespace wsdeep::load
