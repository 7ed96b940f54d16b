#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsdeep::net {

/// Names and values in order, decoded; a name may occur more than once.
using FormFields = std::vector<std::pair<std::string, std::string>>;

/// `application/x-www-form-urlencoded`, as queries and form bodies use it.
/// https://url.spec.whatwg.org/#application/x-www-form-urlencoded
std::string encode_form(const FormFields& fields);
/// Nothing for a broken escape.
std::optional<FormFields> decode_form(std::string_view text);
/// The first value of `name`; empty when there is none.
std::string_view field_of(const FormFields& fields, std::string_view name);

}  // namespace wsdeep::net
