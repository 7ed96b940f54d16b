// Any bytes as a file of parameters, TOML or not: parameters or a refusal that names the file, never a crash; and what
// was read and can be written for SAM is read back the same.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fuzz/target.h"
#include "stack/settings/parameters.h"

namespace parameters_fuzz {
namespace {

using wsdeep::stack::Parameter;

void check_round_trip(const std::vector<Parameter>& parameters) {
  const bool plain = std::all_of(parameters.begin(), parameters.end(), [](const Parameter& one) {
    const bool is_key = !one.key.empty() && std::all_of(one.key.begin(), one.key.end(),
                                                        [](unsigned char c) { return c < 128 && std::isalnum(c); });
    return is_key && !one.previous && one.value.find('\0') == std::string::npos;
  });
  if (!plain || parameters.empty()) return;
  wsdeep::stack::EnvironmentSettings dev;
  dev.name = "dev";
  std::string text;
  try {
    text =
        render_parameters(parameters, wsdeep::stack::ParameterFormat::kSamConfig, dev, wsdeep::stack::Part::kService);
  } catch (const wsdeep::Error&) {
    return;  // SAM could not read it back
  }
  if (wsdeep::stack::read_parameters(text, "samconfig.toml", "dev") != parameters) std::abort();
}

void read(std::string_view text, const std::string& file) {
  try {
    check_round_trip(wsdeep::stack::read_parameters(text, file, "dev"));
  } catch (const wsdeep::Error& error) {
    if (!std::string_view(error.what()).starts_with(file)) std::abort();
  }
}

}  // namespace

FUZZ_TARGET(parameters_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text, "samconfig.toml");
  read(text, "file.yaml");
  return 0;
}

}  // namespace parameters_fuzz
