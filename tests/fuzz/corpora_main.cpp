// Runs a fuzz target over files instead of a fuzzer: every input that was ever interesting stays a test, with any
// compiler. `tests/fuzz/run` does the fuzzing.
//   fuzz_corpora TARGET FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "fuzz/target.h"

int main(int argc, char** argv) {
  const auto& targets = wsdeep::testing::fuzz_targets();
  const auto target = argc == 3 ? targets.find(argv[1]) : targets.end();
  if (target == targets.end()) {
    std::cerr << "usage: fuzz_corpora TARGET FOLDER, the target one of:\n";
    for (const auto& [name, one_input] : targets) std::cerr << name << '\n';
    return 2;
  }
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    target->second(data, bytes.size());
    // What is cut off anywhere must be survived too.
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 64) target->second(data, size);
    ++inputs;
  }
  std::cout << inputs << " inputs\n";
  return inputs > 0 ? 0 : 1;
}
