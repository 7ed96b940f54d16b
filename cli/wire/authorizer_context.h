#pragma once

#include <string>

#include "wire/gateway_event.h"
#include "wire/json_fields.h"

/// A private header: the authorizer's context as it stands in its answer and in the events that follow.
namespace wsdeep::wire {

/// Throws Error{kFailure} that names the value which is no string, number or boolean.
AuthorizerContext parse_authorizer_context(const JsonFields& fields);
std::string encode_authorizer_context(const AuthorizerContext& context);

}  // namespace wsdeep::wire
