#include "terminal/context.h"

namespace wsdeep {

std::filesystem::path Context::state_folder() const {
  if (const auto folder = env.get("XDG_STATE_HOME")) return std::filesystem::path(*folder) / "wsdeep";
  return std::filesystem::path(env.require("HOME")) / ".local" / "state" / "wsdeep";
}

}  // namespace wsdeep
