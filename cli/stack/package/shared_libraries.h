#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "stack/package/elf_file.h"

namespace wsdeep::stack {

/// A library as a package carries it.
struct SharedLibrary {
  std::string name;  ///< that others need it by: its file's name in the package
  std::string content;
};

/// What a program needs besides itself.
struct LibraryClosure {
  ElfFile program;
  std::vector<SharedLibrary> libraries;  ///< by name
  /// Some part asks for a symbol of a libc newer than the target's: libc's own family and the loader are among
  /// `libraries`, and the program must be started by that loader.
  bool own_libc = false;
  std::string loader;  ///< the loader's name among `libraries` when `own_libc`
};

/// The newest version of the C library's symbols that the target has: Amazon Linux 2023, glibc 2.34.
/// https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2-glibc-gcc.html
inline constexpr int kTargetLibcMinor = 34;

/// What a program has to be built for, who says so, and what to do about one that was not.
struct Machine {
  Architecture architecture = Architecture::kX86_64;
  std::string says{};
  std::string hint{};
};

/// Finds the libraries that the dynamic loader would load for `program` on this machine. Throws Error{kNotFound} when
/// there is no such program, Error{kUsage} when it was built for another architecture, Error{kFailure} when it is none,
/// or one of its libraries is missing.
LibraryClosure find_libraries(const Files& files, const std::filesystem::path& program, const Machine& machine);

}  // namespace wsdeep::stack
