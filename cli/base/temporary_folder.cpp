#include "base/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "base/error.h"

namespace wsdeep {

TemporaryFolder::TemporaryFolder() {
  std::error_code fault;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(fault);
  if (fault)
    throw Error(ErrorKind::kFailure, fmt::format("there is no folder for temporary files: {}", fault.message()),
                "TMPDIR names it");
  std::string name = parent / "wsdeep-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot make a folder in {}: {}", parent.string(), std::strerror(errno)));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what is left where temporary files go does no harm
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace wsdeep
