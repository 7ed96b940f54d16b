#include "commands/loadtest/told_document.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "base/error.h"
#include "load/report/text.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

/// The summary goes where the JSON does not.
void print_summary(const load::Document& document, bool json_on_stdout, const Console& console) {
  const bool coloured = !(json_on_stdout ? console.style_err("1", "x") : console.style_out("1", "x")).starts_with('x');
  const std::string text =
      load::document_text(document, {.columns = static_cast<std::size_t>(console.columns()), .colour = coloured});
  if (json_on_stdout)
    console.err(text);
  else
    console.out(text);
}

std::string fault_text(const Error& fault) {
  return fault.hint().empty() ? fault.what() : fmt::format("{}: {}", fault.what(), fault.hint());
}

}  // namespace

bool tell_faults(const load::Outputs& written, const Console& console) {
  for (const Error& fault : written.faults) say(console, console.style_err("31", "error:") + " " + fault_text(fault));
  return written.faults.empty();
}

bool tell_document(const load::OutputOptions& outputs, const load::Document& document, load::RecordsFile* records,
                   Context& context) {
  const load::Outputs written = load::write_outputs(outputs, document, records, context.files);
  print_summary(document, !written.on_stdout.empty(), context.console);
  const bool all = tell_faults(written, context.console);
  context.console.out(written.on_stdout);
  return all;
}

}  // namespace wsdeep::commands
