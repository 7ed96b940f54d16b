#pragma once

#include "base/temporary_folder.h"

namespace wsdeep::testing {

/// A folder of its own for one test, gone with it.
using TemporaryFolder = wsdeep::TemporaryFolder;

}  // namespace wsdeep::testing
