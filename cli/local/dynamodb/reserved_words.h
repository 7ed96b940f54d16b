#pragma once

#include <string_view>

namespace wsdeep::local {

/// Whether an expression may name the attribute only by a placeholder, such as `#status`. In any case of letters.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
bool is_reserved_word(std::string_view name);

}  // namespace wsdeep::local
