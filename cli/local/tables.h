#pragma once

#include "local/dynamodb/service.h"
#include "local/system.h"

namespace wsdeep::local {

/// Makes the tables that the options ask for, and that are not there yet. Throws Error{kFailure} when that fails.
void create_tables(DynamoDbService& dynamodb, const SystemOptions& options);

}  // namespace wsdeep::local
