#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "terminal/context.h"
#include "users/new_user.h"
#include "users/target.h"
#include "users/test_users.h"

namespace wsdeep::users {

/// What all bulk creations have in common.
struct BulkCreateOptions {
  std::string out;  ///< results file; empty: in the state folder
  int parallel = 16;
};

/// Error{kNotFound} for the first of `groups` that the pool does not have. Asks the pool only when there are any.
void require_groups(const Target& target, Context& context, const std::vector<std::string>& groups);

/// Creates PREFIX00001 to PREFIX<count> with everything else as in `model`, all of them test users.
int create_many(const Target& target, Context& context, const BulkCreateOptions& options, const NewUser& model,
                const std::string& prefix, std::uint64_t count);

struct ImportOptions {
  std::string file;  ///< `-`: stdin
  bool keep_going = false;
  bool test = false;
};
int import_users(const Target& target, Context& context, const BulkCreateOptions& options, const ImportOptions& import);

/// Where the results of the numbered users of a prefix go by default.
std::filesystem::path default_results_file(const Context& context, const std::string& pool, const std::string& prefix);

}  // namespace wsdeep::users
