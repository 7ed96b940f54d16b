#include "commands/llm/metadata_option.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/printable.h"
#include "llm/client/metadata.h"

namespace wsdeep::commands {
namespace {

std::pair<std::string, std::string> parse_entry(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos)
    throw Error(ErrorKind::kUsage, fmt::format("--metadata must be name=value, got '{}'", printable(assignment)));
  std::string name = assignment.substr(0, equals), value = assignment.substr(equals + 1);
  if (llm::is_binary_metadata(name)) {
    auto bytes = from_base64(value);
    if (!bytes)
      throw Error(ErrorKind::kUsage,
                  fmt::format("--metadata {}: the value of a name that ends with -bin is base64", printable(name)));
    value = *std::move(bytes);
  }
  if (const std::string fault = llm::metadata_fault(name, value); !fault.empty())
    throw Error(ErrorKind::kUsage, "--" + fault);
  return {std::move(name), std::move(value)};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_metadata(const std::vector<std::string>& assignments) {
  std::vector<std::pair<std::string, std::string>> metadata;
  for (const std::string& assignment : assignments) metadata.push_back(parse_entry(assignment));
  return metadata;
}

}  // namespace wsdeep::commands
