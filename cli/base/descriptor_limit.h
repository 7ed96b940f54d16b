#pragma once

#include <cstddef>

namespace wsdeep {

/// Raises this process's limit of open descriptors to the highest that the system lets it have, for a server, whose
/// connections and streams take one each and soon more than the usual 1024. How many it may have now.
std::size_t raise_descriptor_limit();

}  // namespace wsdeep
