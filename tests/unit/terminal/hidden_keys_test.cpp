#include "terminal/hidden_keys.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

namespace wsdeep {
namespace {

/// A process of its own, on a terminal of its own that it does not control, and a group that its shell, this process,
/// can stop.
class ChildOnTerminal {
 public:
  explicit ChildOnTerminal(const std::function<void()>& work) {
    EXPECT_EQ(::openpty(&ours_, &theirs_, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(::tcgetattr(ours_, &before_), 0);
    id_ = ::fork();
    if (id_ != 0) return;
    ::setpgid(0, 0);
    ::dup2(theirs_, STDIN_FILENO);
    work();
    ::_exit(0);
  }
  ChildOnTerminal(const ChildOnTerminal&) = delete;
  ChildOnTerminal& operator=(const ChildOnTerminal&) = delete;
  ~ChildOnTerminal() {
    ::close(ours_);
    ::close(theirs_);
  }

  int wait(int flags = 0) const {
    int status = 0;
    EXPECT_EQ(::waitpid(id_, &status, flags), id_);
    return status;
  }
  void go_on() const { ::kill(id_, SIGCONT); }
  tcflag_t modes() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(ours_, &now), 0);
    return now.c_lflag;
  }
  tcflag_t modes_before() const { return before_.c_lflag; }

 private:
  int ours_ = -1;
  int theirs_ = -1;
  termios before_{};
  pid_t id_ = -1;
};

/// In the child: whether keys are shown, and whether they wait for the end of their line.
bool are_shown() {
  termios now{};
  return ::tcgetattr(STDIN_FILENO, &now) == 0 && (now.c_lflag & (ECHO | ICANON)) != 0;
}

TEST(HiddenKeys, AreShownAgainAtTheEnd) {
  const ChildOnTerminal child([] {
    bool shown = true;
    {
      HiddenKeys keys;
      shown = are_shown() || !keys.hide();
    }
    ::_exit(shown || !are_shown() ? 1 : 0);
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(child.modes(), child.modes_before());
}

TEST(HiddenKeys, AreShownAgainWhenTheProgramEndsOtherwise) {
  for (const int signal : {SIGQUIT, SIGABRT}) {
    const ChildOnTerminal child([signal] {
      const HiddenKeys keys;
      ::kill(::getpid(), signal);
    });
    const int status = child.wait();
    EXPECT_NE(status, 0) << signal;
    EXPECT_EQ(child.modes(), child.modes_before()) << signal;
  }
}

TEST(HiddenKeys, AreShownWhileTheProgramIsStoppedAndHiddenWhenItGoesOn) {
  const ChildOnTerminal child([] {
    const HiddenKeys keys;
    std::raise(SIGTSTP);
    ::_exit(are_shown() ? 1 : 0);
  });
  ASSERT_TRUE(WIFSTOPPED(child.wait(WUNTRACED)));
  EXPECT_EQ(child.modes(), child.modes_before());
  child.go_on();
  EXPECT_EQ(child.wait(), 0);
}

TEST(HiddenKeys, NeedNoTerminal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const ChildOnTerminal child([&] {
    ::dup2(ends[0], STDIN_FILENO);
    HiddenKeys keys;
    ::_exit(keys.hide() ? 1 : 0);
  });
  EXPECT_EQ(child.wait(), 0);
  for (const int end : ends) ::close(end);
}

}  // namespace
}  // namespace wsdeep
