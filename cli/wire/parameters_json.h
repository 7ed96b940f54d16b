#pragma once

#include <string>

#include "wire/json_fields.h"
#include "wire/llm.h"

/// A private header: generation parameters as JSON, in chat frames and in the generate event.
namespace wsdeep::wire {

/// Takes camelCase and snake_case names. Throws Error{kFailure} for a wrong type; an integer beyond its type's range
/// becomes the nearest one in it, so that it can be clamped and reported like any other value out of range.
GenerationParameters parse_parameters(const JsonFields& fields);

/// An object with the parameters that are set, in camelCase.
std::string encode_parameters(const GenerationParameters& parameters);

}  // namespace wsdeep::wire
