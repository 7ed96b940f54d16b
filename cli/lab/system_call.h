#pragma once

#include <string>

namespace wsdeep::lab {

/// Throws Error{kFailure} `what: the system's reason`, by errno.
[[noreturn]] void fail_of_system(const std::string& what);
/// The same when `result` is negative; else `result`.
int checked(int result, const std::string& what);

/// Writes into a file of the kernel's; throws Error{kFailure} that names it.
void write_kernel_file(const std::string& path, const std::string& text);
/// The same, but says only whether it went well.
bool can_write_kernel_file(const std::string& path, const std::string& text);

}  // namespace wsdeep::lab
