#pragma once

#include <type_traits>

namespace wsdeep::load {

/// What a table of fields (result_fields.h) is given to write, or to read into.
template <class Io, class Value>
using FieldsOf = std::conditional_t<Io::kReads, Value&, const Value&>;

}  // namespace wsdeep::load
