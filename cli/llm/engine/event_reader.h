#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// How the documents of an answer are told apart in its body. Private to cli/llm.
namespace wsdeep::llm {

/// Bytes of an answer's body, however cut, to the documents in it. All framings that engines use are one language here,
/// because they do not always use the one that they were asked for:
///   * server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): lines end with LF, CRLF or
///     CR, a BOM may come first, an event's `data` may be several lines. A document is taken as soon as it is whole:
///     not every engine writes the empty line after it. llama.cpp's `error: {…}` is an error event.
///   * one JSON document a line (Ollama),
///   * one document as the whole body, on one line or printed over many.
class EventReader {
 public:
  struct Sink {
    std::function<void(const nlohmann::json& document, bool is_error)> on_document;
    std::function<void()> on_done;  ///< `data: [DONE]`
    /// When set, is shown the text of what may be a document first; true: it has been taken, and need not be read.
    std::function<bool(std::string_view text)> on_text{};
  };

  explicit EventReader(Sink sink) : sink_(std::move(sink)) {}

  void feed(std::string_view bytes);
  /// There is no more.
  void finish();
  /// What is none of the above; all of the body, when it is a page or a text.
  const std::string& stray() const { return stray_; }
  /// Events that could not be read.
  int ignored() const { return ignored_; }

 private:
  void take_line(std::string_view line);
  bool take_field(std::string_view line);
  void take_data(std::string_view text);
  bool take_document(std::string_view text, bool is_error);
  void take_error(std::string_view text);
  void take_stray(std::string_view line);
  void end_event();

  Sink sink_;
  std::string line_;  ///< the beginning of one
  std::string data_;  ///< of an event, as long as it is no document
  std::string stray_;
  int data_lines_ = 0;
  int documents_ = 0;
  int ignored_ = 0;
  bool began_ = false;
  bool skip_lf_ = false;   ///< the line before ended with CR
  bool too_long_ = false;  ///< the line that is coming is dropped
  bool error_event_ = false;
};

}  // namespace wsdeep::llm
