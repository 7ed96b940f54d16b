#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace wsdeep {

/// Line editing with history at the terminal (libedit). One thread reads; others may wake it.
class LineEditor {
 public:
  /// `history_file` is read now and written, mode 0600, when the editor goes; a missing one is fine.
  explicit LineEditor(std::filesystem::path history_file);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  enum class Event { kLine, kInterrupt, kEnd };
  struct Input {
    Event event = Event::kEnd;
    std::string line;       ///< kLine: without the newline
    bool had_text = false;  ///< kInterrupt: there was something on the line
  };
  /// Waits for a line, the end of input, or `interrupt`.
  Input read(const std::string& prompt);

  /// Does `begin`, and waits until `is_over`, which is asked after each `look_again`. What is typed meanwhile is not
  /// shown: it stands at the next `read`, as if it were typed then.
  void wait(const std::function<void()>& begin, const std::function<bool()>& is_over);

  /// From any thread: makes `wait` ask whether it is over.
  void look_again();
  /// From any thread: what was typed in `wait`, and not read yet, is forgotten.
  void forget_typed();
  /// From any thread: makes `read` return kInterrupt.
  void interrupt();
  /// From any thread: makes `read` draw its prompt and line again, after something else was printed.
  void redraw();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep
