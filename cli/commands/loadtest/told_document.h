#pragma once

#include "load/report/document.h"
#include "load/report/outputs.h"
#include "load/report/records_file.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// What could not be written, on stderr. False when there was any.
bool tell_faults(const load::Outputs& written, const Console& console);

/// Writes all files that were asked for, whatever becomes of one, and prints what a person reads. False when a file
/// could not be written, which was said. `records` may be null.
bool tell_document(const load::OutputOptions& outputs, const load::Document& document, load::RecordsFile* records,
                   Context& context);

}  // namespace wsdeep::commands
