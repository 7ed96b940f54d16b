#pragma once

#include "commands/command.h"
#include "terminal/context.h"

/// The subcommands of `wsdeep llm`.
namespace wsdeep::commands {

void add_llm_serve(const Command& llm, Context& context);
void add_llm_generate(const Command& llm, Context& context);
void add_llm_health(const Command& llm, Context& context);
void add_llm_models(const Command& llm, Context& context);
void add_llm_describe(const Command& llm, Context& context);

}  // namespace wsdeep::commands
