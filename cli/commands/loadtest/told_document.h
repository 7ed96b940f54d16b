#pragma once

#include "load/report/document.h"
#include "load/report/outputs.h"
#include "load/report/records_file.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Writes all files that were asked for, whatever becomes of one, and prints what a person reads. False when a file
/// could not be written, which was said. `records` may be null.
bool tell_document(const load::OutputOptions& outputs, const load::Document& document, load::RecordsFile* records,
                   Context& context);

}  // namespace wsdeep::commands
