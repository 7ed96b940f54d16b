#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTML as it is written, of a report that a person reads. Private to report/.
namespace wsdeep::load {

/// `words` as HTML shows them: `<`, `&` and quotes as character references, control characters, bytes that are no UTF-8
/// and what turns the direction of writing as visible escapes. The same for texts and for values of attributes.
std::string html_escaped(std::string_view words);

/// A document that grows element by element. All words are escaped on their way in, so that nothing that comes from a
/// target, a node or a file can be taken for markup.
class Markup {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string>>;

  /// An element that is open as long as this lives.
  class [[nodiscard]] Open {
   public:
    Open(Markup& page, std::string_view tag) : page_(page), tag_(tag) {}
    ~Open() { page_.end(tag_); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    Markup& page_;
    const std::string tag_;
  };

  Open open(std::string_view tag, const Attributes& attributes = {});
  void text(std::string_view words);
  /// An element that has nothing but words; without an end tag where HTML knows none (`meta`).
  void element(std::string_view tag, std::string_view words, const Attributes& attributes = {});
  void empty(std::string_view tag, const Attributes& attributes = {});
  /// Our own, as it is: a style sheet.
  void verbatim(std::string_view source) { text_ += source; }

  const std::string& source() const { return text_; }

 private:
  void begin(std::string_view tag, const Attributes& attributes);
  void end(std::string_view tag);

  std::string text_;
};

}  // namespace wsdeep::load
