#include "terminal/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>

#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep {
namespace {

constexpr int kHistorySize = 1000;

}  // namespace

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::filesystem::path history_file;
  std::string prompt;
  int wake_fd = -1;
  std::atomic<bool> interrupt_asked{false};
  std::atomic<bool> redraw_asked{false};
  bool interrupted = false;

  static Impl& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<Impl*>(data);
  }

  static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

  /// libedit's source of characters: waits for the keyboard and for the other threads at once.
  static int read_character(EditLine* editor, wchar_t* character) {
    Impl& self = of(editor);
    mbstate_t state{};
    for (;;) {
      pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {self.wake_fd, POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) return -1;
      if ((fds[1].revents & POLLIN) != 0 && self.woken()) return 0;
      if ((fds[0].revents & (POLLIN | POLLHUP)) == 0) continue;
      char byte = 0;
      const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) return 0;
      const std::size_t used = mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<std::size_t>(-2)) continue;  // more bytes of this character to come
      if (used == static_cast<std::size_t>(-1)) {
        state = {};
        continue;
      }
      return 1;
    }
  }

  /// True when `read` has to return.
  bool woken() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_fd, &count, sizeof count);
    if (redraw_asked.exchange(false)) el_set(editor, EL_REFRESH);
    if (!interrupt_asked.exchange(false)) return false;
    interrupted = true;
    return true;
  }

  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t done = ::write(wake_fd, &one, sizeof one);
  }

  void load_history() const {
    HistEvent event;
    ::history(history, &event, H_SETSIZE, kHistorySize);
    ::history(history, &event, H_SETUNIQUE, 1);
    ::history(history, &event, H_LOAD, history_file.c_str());
  }

  /// Beside it, then renamed: an interrupted write must not lose what was there.
  void save_history() const {
    HistEvent event;
    const std::string temporary = history_file.string() + "." + hex(random_bytes(6)) + ".tmp";
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return;
    std::FILE* file = ::fdopen(fd, "w");
    const bool written = ::history(history, &event, H_SAVE_FP, file) >= 0;
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed || std::rename(temporary.c_str(), history_file.c_str()) != 0) ::unlink(temporary.c_str());
  }
};

LineEditor::LineEditor(std::filesystem::path history_file) : impl_(std::make_unique<Impl>()) {
  // libedit reads whole characters: without a UTF-8 locale every umlaut would be two.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX < 4) std::setlocale(LC_CTYPE, "C.UTF-8");
  impl_->history_file = std::move(history_file);
  make_private_directories(impl_->history_file.parent_path());
  impl_->wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  impl_->editor = el_init("wsdeep", stdin, stdout, stderr);
  impl_->history = history_init();
  if (impl_->wake_fd < 0 || impl_->editor == nullptr || impl_->history == nullptr)
    throw Error(ErrorKind::kFailure, "cannot set the terminal up for line editing");
  el_set(impl_->editor, EL_CLIENTDATA, impl_.get());
  el_set(impl_->editor, EL_SIGNAL, 0);
  el_set(impl_->editor, EL_EDITOR, "emacs");
  el_set(impl_->editor, EL_PROMPT_ESC, &Impl::prompt_of, '\1');
  el_set(impl_->editor, EL_GETCFN, &Impl::read_character);
  el_set(impl_->editor, EL_HIST, ::history, impl_->history);
  impl_->load_history();
}

LineEditor::~LineEditor() {
  impl_->save_history();
  history_end(impl_->history);
  el_end(impl_->editor);
  ::close(impl_->wake_fd);
}

LineEditor::Input LineEditor::read(const std::string& prompt) {
  impl_->prompt = prompt;
  impl_->interrupted = false;
  int count = 0;
  const char* text = el_gets(impl_->editor, &count);
  if (impl_->interrupted) {
    const LineInfo* line = el_line(impl_->editor);
    const bool had_text = line->lastchar > line->buffer;
    el_reset(impl_->editor);
    return {Event::kInterrupt, {}, had_text};
  }
  if (text == nullptr || count <= 0) return {Event::kEnd, {}, false};
  std::string line(trim({text, static_cast<std::size_t>(count)}));
  if (!line.empty()) {
    HistEvent event;
    ::history(impl_->history, &event, H_ENTER, line.c_str());
  }
  return {Event::kLine, std::move(line), false};
}

void LineEditor::interrupt() {
  impl_->interrupt_asked = true;
  impl_->wake();
}

void LineEditor::redraw() {
  impl_->redraw_asked = true;
  impl_->wake();
}

}  // namespace wsdeep
