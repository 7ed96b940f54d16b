#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::session {

/// A stretch of an answer: what the model thought, or what it says.
struct Passage {
  bool reasoning = false;
  std::string text;

  bool operator==(const Passage&) const = default;
};

/// Tells reasoning from answer in a stream of text: `<think>` and `</think>` are dropped, also when a tag is cut in two
/// by the end of a piece.
class ReasoningSplitter {
 public:
  /// The passages of `text`, as far as they are certain; the start of a possible tag is held back.
  std::vector<Passage> feed(std::string_view text);
  /// What was held back.
  std::vector<Passage> finish();

 private:
  bool reasoning_ = false;
  bool after_tag_ = false;
  std::string held_;
};

}  // namespace wsdeep::session
