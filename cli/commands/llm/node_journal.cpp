#include "commands/llm/node_journal.h"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

#include "node/journal_link.h"

namespace wsdeep::commands {
namespace {

struct JournalOptions {
  std::string group, stream, cursor;
};

/// Signals are none of its business: when the service stops, journalctl ends, and with it stdin, and what came until
/// then is sent.
int run_node_journal(const JournalOptions& options, Context& context) {
  for (const int one : {SIGINT, SIGTERM}) std::signal(one, SIG_IGN);
  node::ship_journal({options.group, options.stream, options.cursor}, STDIN_FILENO, context.env, context.files);
  return 0;
}

}  // namespace

void add_node_journal(const Command& command, Context& context) {
  auto options = std::make_shared<JournalOptions>();
  command.add_option("--group", options->group, "log group").required();
  command.add_option("--stream", options->stream, "log stream, made when it is missing").required();
  command.add_option("--cursor", options->cursor, "file that keeps how far the journal has been sent").required();
  command.footer("Takes lines of journalctl -o json; ends when stdin does.");
  command.runs([options, &context] { return run_node_journal(*options, context); });
}

}  // namespace wsdeep::commands
