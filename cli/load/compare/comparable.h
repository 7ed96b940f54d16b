#pragma once

#include <vector>

#include "load/report/result.h"

namespace wsdeep::load {

/// Throws Error{kUsage} when runs say nothing about each other: other kinds of test, other loads or prompts, or a run
/// that comes twice.
void require_comparable(const std::vector<const Result*>& a, const std::vector<const Result*>& b);

}  // namespace wsdeep::load
