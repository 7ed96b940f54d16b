#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace wsdeep {

/// `count` bytes from the kernel's random source; fit for keys and tokens.
std::string random_bytes(std::size_t count);
/// A random UUID (RFC 9562 version 4), lower-case.
std::string random_uuid();
/// A number from [0, 1), for jitter.
double random_unit();

}  // namespace wsdeep
