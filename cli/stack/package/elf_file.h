#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// What the dynamic loader reads in a program or a shared library before it runs it.
struct ElfFile {
  Architecture architecture = Architecture::kX86_64;
  std::string interpreter;            ///< the loader that a program asks for; empty for a library
  std::vector<std::string> needed;    ///< DT_NEEDED, in the file's order
  std::vector<std::string> rpath;     ///< DT_RPATH, split at colons
  std::vector<std::string> runpath;   ///< DT_RUNPATH, likewise
  std::vector<std::string> versions;  ///< that it requires of other libraries' symbols, such as GLIBC_2.34
};

/// Nothing when `bytes` is no little-endian 64-bit ELF file for x86-64 or AArch64: the loader passes over such a file.
/// Throws Error{kFailure} that names `name` when it is one and its tables point outside of it.
std::optional<ElfFile> read_elf(std::string_view bytes, const std::string& name);

}  // namespace wsdeep::stack
