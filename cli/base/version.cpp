#include "base/version.h"

namespace wsdeep {

std::string_view version() {
  return WSDEEP_VERSION;
}

}  // namespace wsdeep
