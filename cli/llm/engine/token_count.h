#pragma once

#include <cstdint>
#include <optional>

/// How many tokens the pieces of an answer are made of. Private to cli/llm.
namespace wsdeep::llm {

/// Engines that are asked for it tell with every piece how many tokens they have made so far. Others tell it at the end
/// only, which is too late to know when each of them came: then a piece with text counts as one.
class TokenCount {
 public:
  /// Of one document: `sum` as far as it says, and whether it brings text.
  int take(std::optional<std::int64_t> sum, bool has_text);

 private:
  std::int64_t told_ = 0;
  bool by_piece_ = false;  ///< there was text without a sum
};

}  // namespace wsdeep::llm
