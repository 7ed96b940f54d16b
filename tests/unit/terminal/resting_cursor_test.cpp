#include "terminal/resting_cursor.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

#include "terminal/interrupts.h"

namespace wsdeep {
namespace {

/// A process of its own, whose standard error is read here.
class Child {
 public:
  explicit Child(const std::function<void()>& work) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    id_ = ::fork();
    if (id_ != 0) {
      ::close(ends_[1]);
      return;
    }
    ::setpgid(0, 0);  // a group that its shell, this process, can stop
    ::dup2(ends_[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { ::close(ends_[0]); }

  int wait(int flags = 0) const {
    int status = 0;
    EXPECT_EQ(::waitpid(id_, &status, flags), id_);
    return status;
  }
  void send(int signal) const { ::kill(id_, signal); }
  std::string said() const {
    std::array<char, 64> buffer{};
    const ssize_t got = ::read(ends_[0], buffer.data(), buffer.size());
    return {buffer.data(), static_cast<std::size_t>(got)};
  }

 private:
  std::array<int, 2> ends_{};
  pid_t id_ = -1;
};

TEST(RestingCursor, IsBroughtDownByTheSignalThatEndsTheProgram) {
  const Child child([] {
    RestingCursor cursor(true);
    cursor.rests_above(3);
    std::raise(SIGTERM);
  });
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_EQ(child.said(), "\n\n\n");
}

TEST(RestingCursor, IsBroughtDownWhenTheProgramIsStopped) {
  const Child child([] {
    RestingCursor cursor(true);
    cursor.rests_above(2);
    for (int i = 0; i < 2; ++i) {
      std::raise(SIGTSTP);
      if (cursor.rests()) ::_exit(1);
      cursor.rests_above(1);
    }
  });
  for (const char* said : {"\n\n", "\n"}) {
    const int status = child.wait(WUNTRACED);
    EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP) << status;
    EXPECT_EQ(child.said(), said);
    child.send(SIGCONT);
  }
  EXPECT_EQ(child.wait(), 0);
}

TEST(RestingCursor, IsBroughtDownByTheSecondCtrlC) {
  const Child child([] {
    const Interrupts interrupts;
    RestingCursor cursor(true);
    cursor.rests_above(2);
    std::raise(SIGINT);
    if (!cursor.rests()) ::_exit(1);  // the command ends by itself, and draws its last
    std::raise(SIGINT);
  });
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_EQ(child.said(), "\n\n");
}

TEST(RestingCursor, LeavesSignalsAloneThatSomebodyHandles) {
  const Child child([] {
    std::signal(SIGTERM, SIG_IGN);
    {
      RestingCursor cursor(true);
      cursor.rests_above(2);
      std::raise(SIGTERM);
      if (!cursor.rests()) ::_exit(1);
    }
    struct sigaction after {};
    ::sigaction(SIGINT, nullptr, &after);
    if (after.sa_handler != SIG_DFL) ::_exit(2);
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(child.said(), "");
}

}  // namespace
}  // namespace wsdeep
