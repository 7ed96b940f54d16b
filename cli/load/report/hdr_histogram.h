#pragma once

#include <string>
#include <string_view>

#include "load/measure/histogram.h"

namespace wsdeep::load {

/// A histogram as HdrHistogram's logs hold it (encoding V2, compressed, in base64: `HISTFAAAA…`), in whole µs. The same
/// counts give the same text, however they came together.
std::string encode_histogram(const Histogram& histogram);

/// Reads what any HdrHistogram library wrote in that encoding with three digits, unit magnitude 0 and no value above
/// Histogram::kMaxValue. Throws Error{kUsage} that says what it is instead, or what is broken. Needs no more memory
/// than the largest histogram, whatever the text is.
Histogram decode_histogram(std::string_view text);

}  // namespace wsdeep::load
