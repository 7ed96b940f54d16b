#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a deployment has to know of a template's text. An unreadable one has none of these; validate_template says why.
namespace wsdeep::stack {

struct DeclaredParameter {
  std::string name;
  bool has_default = false;
  bool no_echo = false;  ///< its value is a secret, which is printed nowhere
};
std::vector<DeclaredParameter> declared_parameters(std::string_view text);

/// Names of the packages that some `CodeUri: …/NAME.zip` on this machine asks for.
std::set<std::string> local_packages(std::string_view text);
/// The text with each of those pointed at its address in `uris` (name → `s3://bucket/key`); nothing else moves, so that
/// every line keeps its number.
std::string with_packages_at(std::string_view text, const std::map<std::string, std::string>& uris);

/// Logical ids of the nested stacks whose template is a file of this machine, which CloudFormation cannot read.
std::vector<std::string> local_nested_stacks(std::string_view text);

/// Logical ids of the resources that outlive the stack: `DeletionPolicy: Retain`.
std::set<std::string> retained_resources(std::string_view text);
std::size_t resource_count(std::string_view text);
/// Their logical ids, in the order of the template.
std::vector<std::string> resources_of_type(std::string_view text, std::string_view type);

}  // namespace wsdeep::stack
