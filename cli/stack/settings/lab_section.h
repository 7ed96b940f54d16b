#pragma once

#include <chrono>
#include <string>

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Amazon Linux 2023: what is in it is what sessions of the lab have.
inline constexpr const char* kLabImage = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/// What a lab's backend may take to answer: as long as a route lets it. The server itself answers a command within 8 s,
/// or says that it goes on.
inline constexpr std::chrono::milliseconds kLabTimeout{27'000};

/// Reads `lab: true`, or a map whose keys override.
void read_lab(SectionReader& reader, std::optional<LabSettings>& lab);

/// The backend that a lab is: where its server has its name in the VPC.
BackendSettings lab_backend(const EnvironmentSettings& settings);

/// The limits of its sessions, as `wsdeep-lab` takes them.
std::string lab_arguments(const LabSettings& lab);

/// Reports what does not go together with a lab. `environment` is where the environment begins.
void check_lab(const EnvironmentSettings& settings, const Places& places, Position environment, ReadContext& context);

}  // namespace wsdeep::stack
