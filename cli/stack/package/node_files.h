#pragma once

#include <string_view>
#include <vector>

namespace wsdeep::stack {

/// One file of templates/node/ or templates/lab/: a script or a service of an instance, as it was when the program was
/// built.
struct NodeFile {
  std::string_view name;
  std::string_view text;

  bool is_script() const { return text.starts_with("#!"); }
};

/// All of them, by name. They go into the node's package beside the program.
const std::vector<NodeFile>& node_files();
/// The same for the lab's server.
const std::vector<NodeFile>& lab_files();

}  // namespace wsdeep::stack
