#pragma once

#include <string>
#include <vector>

#include "stack/settings/parameters.h"

/// What of a function is published as a new version. SAM publishes one when AutoPublishCodeSha256 changes, and Lambda
/// refuses to publish one that does not differ from the last, so both are told by the same hash: of the function's
/// code, of its properties, and of the parameters in them.
namespace wsdeep::stack {

/// The alias of each function that has a canary.
inline constexpr const char* kFunctionAlias = "live";
/// What the modules have where the hash comes.
inline constexpr const char* kReleaseToCome = "release";

/// The template with the hash of each function that has AutoPublishCodeSha256, there and in its variable RELEASE. A
/// template of which none has is returned as it is.
std::string with_releases(const std::string& text, const std::vector<Parameter>& parameters);

}  // namespace wsdeep::stack
