#pragma once

#include "local/dynamodb/expression.h"
#include "local/dynamodb/key.h"
#include "local/dynamodb/store.h"

namespace wsdeep::local {

/// The run of items that a KeyConditionExpression selects in a key. Throws the ApiFault ValidationException when it is
/// not one equality on the hash key and at most one condition on the range key.
KeyRange range_of(const Condition& condition, const KeySchema& schema);

}  // namespace wsdeep::local
