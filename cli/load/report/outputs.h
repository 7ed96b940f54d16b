#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "load/report/document.h"
#include "load/report/records_file.h"

namespace wsdeep::load {

/// The files that a run is to leave: paths as they were given, empty where none was asked for.
struct OutputOptions {
  std::string json{};  ///< `-`: stdout
  std::string records{};
  std::string csv{};
  std::string hdr{};
  std::string prometheus{};
  std::string html{};
};

/// Before the run: throws Error where two of them are the same file, or where one could not be made. `source` is the
/// saved run of which they are made, if any: none of them takes its place.
void check_outputs(const OutputOptions& options, const std::string& source = {});

struct Outputs {
  /// The JSON, with a line break at its end: where `-` was asked for, and where some file could not be written and none
  /// has the JSON, so that nothing of what was measured is lost.
  std::string on_stdout{};
  std::vector<Error> faults{};  ///< one for each file that could not be written
};

/// Throws Error{kUsage} for a file that only a single run can leave.
void check_outputs_of_several(const OutputOptions& options);

/// Writes all that was asked for, whatever becomes of the others: each file whole or not at all. `records` is the file
/// that was made of `options.records`, null where none was.
Outputs write_outputs(const OutputOptions& options, const Document& document, RecordsFile* records, Files& files);

}  // namespace wsdeep::load
