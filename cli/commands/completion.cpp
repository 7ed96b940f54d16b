#include <memory>

#include "commands/command_table.h"
#include "commands/commands.h"
#include "terminal/context.h"

namespace wsdeep::commands {
namespace {

int print(const Command& root, const std::string& what, const Context& context);

}  // namespace

void add_completion(const Command& app, Context& context) {
  auto what = std::make_shared<std::string>();
  const Command command = app.add_subcommand("completion", "Print a completion script, or the man page");
  command.add_option("what", *what, "bash, zsh, fish or man").required().one_of({"bash", "zsh", "fish", "man"});
  command.footer("Example:\n  wsdeep completion bash > ~/.local/share/bash-completion/completions/wsdeep");
  command.runs([what, app, &context] { return print(app, *what, context); });
}

namespace {

int print(const Command& root, const std::string& what, const Context& context) {
  const CommandInfo table = describe_command(root.parser());
  if (what == "bash") context.console.out(bash_completion(table));
  if (what == "zsh") context.console.out(zsh_completion(table));
  if (what == "fish") context.console.out(fish_completion(table));
  if (what == "man") context.console.out(man_page(table));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
