#include <memory>

#include "commands/command.h"
#include "commands/users/bulk_options.h"
#include "commands/users/commands.h"
#include "users/create_many.h"

namespace wsdeep::commands {
namespace {

struct ImportOptions {
  TargetOptions target;
  users::BulkCreateOptions bulk;
  users::ImportOptions import;
};

int run_import(const ImportOptions& options, Context& context);

}  // namespace

void add_users_import(const Command& users, Context& context) {
  auto options = std::make_shared<ImportOptions>();
  const Command command = users.add_subcommand("import", "Create the users of a file");
  command.add_option("file", options->import.file, "CSV or JSON lines; - for stdin").required();
  command.add_flag("--keep-going", options->import.keep_going, "leave out bad records instead of creating nothing");
  command.add_flag("--test", options->import.test, "mark them as test users");
  add_bulk_options(command, options->bulk);
  command.footer(
      "A CSV file starts with a line of column names: username, and any of password (made when missing), groups\n"
      "(several with ; between them), temporary (true or false), email and Cognito's other attributes, custom:…\n"
      "JSON lines are objects with the same names; groups is a list there. The whole file is checked first. Run the\n"
      "same command again to go on with a run that was interrupted, also after the file was corrected: users who were\n"
      "created are passed over.");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_import(*options, context); });
}

namespace {

int run_import(const ImportOptions& options, Context& context) {
  return users::import_users(resolve_pool(options.target, context), context, options.bulk, options.import);
}

}  // namespace

}  // namespace wsdeep::commands
