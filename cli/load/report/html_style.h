#pragma once

#include <string_view>

/// Private to report/.
namespace wsdeep::load {

/// The report's style sheet: light and dark as the reader's system has it, for a desk, a phone and paper. Words have a
/// contrast of 4.5 and more; what a colour says is said by a word, a dash, a mark or a hatch as well; of bars that
/// stand on each other, by their order, which is the legend's, and in words where a pointer rests.
std::string_view html_style();

}  // namespace wsdeep::load
