#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

/// FUZZ_TARGET(name) { … } says what becomes of any `data` of `size` bytes; it returns 0, and what must not be ends the
/// process. With WSDEEP_FUZZ a target is a program of its own, driven by libFuzzer
/// (https://llvm.org/docs/LibFuzzer.html); else it is one of the many of `fuzz_corpora`, each in a namespace of its
/// name.
#ifdef WSDEEP_FUZZ
#define FUZZ_TARGET(name) extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#define FUZZ_TARGET(name)                                             \
  static int one_input(const std::uint8_t* data, std::size_t size);   \
  static const wsdeep::testing::FuzzTarget kTarget{#name, one_input}; \
  static int one_input(const std::uint8_t* data, std::size_t size)

namespace wsdeep::testing {

using OneInput = int (*)(const std::uint8_t* data, std::size_t size);

inline std::map<std::string_view, OneInput>& fuzz_targets() {
  static std::map<std::string_view, OneInput> targets;
  return targets;
}

struct FuzzTarget {
  FuzzTarget(std::string_view name, OneInput one_input) { fuzz_targets().emplace(name, one_input); }
};

}  // namespace wsdeep::testing
#endif
