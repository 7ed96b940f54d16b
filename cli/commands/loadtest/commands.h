#pragma once

#include "commands/command.h"
#include "terminal/context.h"

/// The subcommands of `wsdeep loadtest`.
namespace wsdeep::commands {

void add_loadtest_both(const Command& loadtest, Context& context);
void add_loadtest_chat(const Command& loadtest, Context& context);
void add_loadtest_compare(const Command& loadtest, Context& context);
void add_loadtest_connect(const Command& loadtest, Context& context);
void add_loadtest_llm(const Command& loadtest, Context& context);
void add_loadtest_report(const Command& loadtest, Context& context);
void add_loadtest_schema(const Command& loadtest, Context& context);

}  // namespace wsdeep::commands
