#include "llm/pem_file.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace wsdeep::llm {

std::string read_pem(const std::string& path, std::string_view what) {
  constexpr std::size_t kMostPemBytes = 1 << 20;
  if (path.empty()) return {};
  auto pem = DiskFiles().read(path, kMostPemBytes);
  if (!pem) throw Error(ErrorKind::kFailure, fmt::format("cannot read {} '{}': no such file", what, path));
  return *std::move(pem);
}

}  // namespace wsdeep::llm
