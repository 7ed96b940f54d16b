#pragma once

#include <cstddef>
#include <string>

#include "load/report/page.h"
#include "load/report/result.h"

namespace wsdeep::load {

struct TextStyle {
  std::size_t columns = 80;  ///< that words are broken for; 80 at least are used
  bool colour = false;
};

/// What a person reads of a run: first whether it may be believed, then whether the levels were met, what became of the
/// turns, how long they took, and at the end what to do next.
std::string text_report(const Result& result, const TextStyle& style);

/// `VALID`, `INVALID`, `INCONCLUSIVE`.
TonedWord toned_word(Validity validity);

}  // namespace wsdeep::load
