#include "terminal/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <deque>
#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/text.h"
#include "terminal/hidden_keys.h"

namespace wsdeep {
namespace {

constexpr int kHistorySize = 1000;
/// What is typed ahead of that waits in the terminal, which takes no Ctrl-C behind what it has no room for.
constexpr std::size_t kMostTypedAhead = 1 << 20;
/// So often one in the background looks whether it is in the foreground again.
constexpr int kLookMs = 1000;

}  // namespace

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::filesystem::path history_file;
  std::string prompt;
  int wake_fd = -1;
  std::atomic<bool> interrupt_asked{false};
  std::atomic<bool> redraw_asked{false};
  std::atomic<bool> forget_asked{false};
  std::deque<char> typed_ahead;
  bool interrupted = false;

  static Impl& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<Impl*>(data);
  }

  static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

  /// libedit's source of characters: what was typed ahead, then the keyboard and the other threads at once.
  static int read_character(EditLine* editor, wchar_t* character) {
    Impl& self = of(editor);
    mbstate_t state{};
    for (;;) {
      if (self.woken()) return 0;
      const auto key = self.next_key();
      if (!key) continue;
      if (key->empty()) return 0;
      const std::size_t used = mbrtowc(character, key->data(), 1, &state);
      if (used == static_cast<std::size_t>(-2)) continue;  // more bytes of this character to come
      if (used == static_cast<std::size_t>(-1)) {
        state = {};
        continue;
      }
      return 1;
    }
  }

  /// A byte, or none at the end of input; nothing: something else has happened.
  std::optional<std::string> next_key() {
    if (!typed_ahead.empty()) {
      std::string key(1, typed_ahead.front());
      typed_ahead.pop_front();
      return key;
    }
    return await_keys(-1) ? take_keys(1) : std::nullopt;
  }

  /// Until there are keys, or their end; false: something else has happened.
  bool await_keys(int timeout_ms, bool may_read = true) const {
    pollfd fds[2] = {{wake_fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (::poll(fds, may_read ? 2 : 1, timeout_ms) < 0 && errno != EINTR) return may_read;
    return (fds[0].revents & POLLIN) == 0 && (fds[1].revents & (POLLIN | POLLHUP)) != 0;
  }

  /// At most so many bytes, none at the end of input.
  static std::optional<std::string> take_keys(std::size_t most) {
    std::string keys(most, '\0');
    const ssize_t got = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
    keys.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return keys;
  }

  /// True when `read` has to return.
  bool woken() {
    take_wakes();
    if (redraw_asked.exchange(false)) el_set(editor, EL_REFRESH);
    if (!interrupt_asked.exchange(false)) return false;
    interrupted = true;
    return true;
  }

  void take_wakes() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_fd, &count, sizeof count);
    if (forget_asked.exchange(false)) typed_ahead.clear();
  }

  /// Whether it draws the line itself: in a buffer of Emacs (`TERM=emacs`) that does.
  bool draws() const {
    int edits = 0;
    return el_get(editor, EL_EDITMODE, &edits) == 0 && edits != 0;
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

void LineEditor::wait(const std::function<void()>& begin, const std::function<bool()>& is_over) {
  std::optional<HiddenKeys> hidden;
  if (impl_->draws()) hidden.emplace();
  begin();
  for (bool ended = false; !is_over(); impl_->take_wakes()) {
    const std::size_t room = std::min<std::size_t>(kMostTypedAhead - impl_->typed_ahead.size(), 4096);
    const bool may_read = hidden && !ended && hidden->hide();
    if (!impl_->await_keys(may_read || !hidden ? -1 : kLookMs, may_read && room > 0) || !hidden->hide()) continue;
    const auto keys = Impl::take_keys(room);
    if (!keys) continue;
    ended = keys->empty();
    impl_->typed_ahead.insert(impl_->typed_ahead.end(), keys->begin(), keys->end());
  }
}

void LineEditor::look_again() {
  impl_->wake();
}

void LineEditor::forget_typed() {
  impl_->forget_asked = true;
  impl_->wake();
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
