#pragma once

#include <vector>

#include "load/limit/search_options.h"
#include "load/report/limit_search.h"

namespace wsdeep::load {

/// Looks for the highest load at which the levels hold: one request alone; a burst, unless it is said where to begin;
/// twice as much until a level fails, or half until none does; the middle of the gap, until it is 5 % narrow; the
/// highest load that passed once more, with a fresh seed and for longer. Whatever ends it early, what is known by then
/// is in the answer. Throws Error where the first request could not be begun.
LimitSearch find_limit(const SearchOptions& options, const SearchTools& tools);

/// Tries each of these loads for as long, whatever becomes of them.
LimitSearch sweep(const SearchOptions& options, const std::vector<double>& loads, const SearchTools& tools);

}  // namespace wsdeep::load
