#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wsdeep::llm {

struct MethodDescription {
  std::string name;
  std::string input;   ///< full name of its message
  std::string output;  ///< full name of its message
  bool streams_input = false;
  bool streams_output = false;
};

struct ServiceDescription {
  std::string name;  ///< with its package
  std::vector<MethodDescription> methods;
  std::string fault;  ///< why nothing more is known of it; or empty
};

/// What a server says of itself by reflection. Texts are in the language of .proto files, and printable.
class ServerDescription {
 public:
  struct Impl;
  explicit ServerDescription(std::shared_ptr<const Impl> impl);

  const std::vector<ServiceDescription>& services() const;
  /// The files of these services and all that they import, what is imported first; without those of google.protobuf.
  std::vector<std::string> files() const;
  /// A service, a method, a message or an enum by its full name; nothing when the server has none of that name.
  std::optional<std::string> text_of(const std::string& name) const;
  /// The names of services, messages and enums.
  std::vector<std::string> names() const;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace wsdeep::llm
