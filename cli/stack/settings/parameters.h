#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

struct Parameter {
  std::string key;
  std::string value;
  bool previous = false;  ///< the stack's own value stays, whatever it is (UsePreviousValue); `value` is empty

  bool operator==(const Parameter&) const = default;
};

/// What AWS calls its newest Amazon Linux 2023 with NVIDIA's driver and container toolkit: an SSM parameter.
constexpr const char* kNodeImage =
    "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id";

/// Every value that the settings have for some parameter of some module of a part. What the nodes' stack is given by
/// the service's (kFleetInputs) is not in the settings.
std::vector<Parameter> parameter_values(const EnvironmentSettings& settings, Part part);

enum class ParameterFormat { kCloudFormation, kSamConfig, kYaml };

/// The names that `--parameters-out` takes a format by: `cloudformation`, `samconfig`, `yaml`; else by the file's
/// extension: .json, .toml, .yaml, .yml. Throws Error{kUsage} for neither.
ParameterFormat parameter_format(std::string_view name_or_path);

/// The parameters of a part as a file: CloudFormation's JSON list, a samconfig.toml for `sam deploy`, or a YAML map.
std::string render_parameters(const std::vector<Parameter>& parameters, ParameterFormat format,
                              const EnvironmentSettings& settings, Part part);

/// Reads any of the formats of the contract (§7), whichever `text` is: CloudFormation's list, one of "Key=Value", a
/// JSON or YAML map, CodePipeline's `{"Parameters": {…}}`, a samconfig.toml or .yaml (`environment` as read_samconfig
/// has it). What its owner would read otherwise is refused. Throws Error{kUsage} that names `file` and the place, also
/// for a parameter that is there twice with different values.
std::vector<Parameter> read_parameters(std::string_view text, const std::string& file,
                                       std::string_view environment = {});

/// `over` wins over `base`; new keys go to the end.
std::vector<Parameter> merge_parameters(std::vector<Parameter> base, const std::vector<Parameter>& over);

}  // namespace wsdeep::stack
