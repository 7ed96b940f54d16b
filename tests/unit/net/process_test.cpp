#include "net/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace wsdeep::net {
namespace {

using namespace std::chrono_literals;

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.program = "/bin/sh";
  options.arguments = {"-c", script};
  options.environment = {{"PATH", "/usr/bin:/bin"}};
  return options;
}

struct Result {
  std::string out, err;
  std::optional<int> status;
};

/// Runs a child to its end; fails when that takes ten seconds.
Result run(ProcessOptions options) {
  EventLoop loop;
  Result result;
  options.on_stdout = [&](std::string_view piece) { result.out += piece; };
  options.on_stderr = [&](std::string_view piece) { result.err += piece; };
  options.on_exit = [&](int status) {
    result.status = status;
    loop.stop();
  };
  const EventLoop::Subscription limit = loop.after(10s, [&] { loop.stop(); });
  const Process process(loop, std::move(options));
  loop.run();
  EXPECT_FALSE(process.running());
  return result;
}

/// Watches a process that is not a child of ours: its pidfd becomes readable when it ends.
int watch(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

/// True when the process watched by `pidfd` ends within ten seconds.
bool ends(int pidfd) {
  EventLoop loop;
  bool ended = false;
  const EventLoop::Subscription death = loop.on_readable(pidfd, [&] {
    ended = true;
    loop.stop();
  });
  const EventLoop::Subscription limit = loop.after(10s, [&] { loop.stop(); });
  loop.run();
  ::close(pidfd);
  return ended;
}

bool is_there(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(Process, BringsBothOutputsAndTheExitCode) {
  const Result result = run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.status, 7);
}

TEST(Process, BringsAllOfALargeOutputBeforeTheExit) {
  const Result result = run(shell("head -c 3000000 /dev/zero; exit 0"));
  EXPECT_EQ(result.out.size(), 3'000'000u);
  EXPECT_EQ(result.status, 0);
}

TEST(Process, TellsTheSignalThatEndedIt) {
  EXPECT_EQ(run(shell("kill -9 $$")).status, -SIGKILL);
  EXPECT_EQ(run(shell("kill -SEGV $$")).status, -SIGSEGV);
}

TEST(Process, PassesArgumentsAsTheyAre) {
  ProcessOptions options;
  options.program = "/usr/bin/printf";
  options.arguments = {"[%s]", "a b", "", "$HOME", "\"'"};
  EXPECT_EQ(run(options).out, "[a b][][$HOME][\"']");
}

TEST(Process, InheritsNoEnvironmentNoDescriptorsAndNoInput) {
  ::setenv("WSDEEP_TEST_SECRET", "x", 1);
  const int inherited = ::open("/dev/zero", O_RDONLY);  // without close-on-exec, on purpose
  ProcessOptions options;
  options.program = "/usr/bin/env";
  options.environment = {{"A", "1"}, {"B", "two words"}};
  EXPECT_EQ(run(options).out, "A=1\nB=two words\n");
  const Result result = run(shell("ls /proc/self/fd; cat"));
  EXPECT_EQ(result.out, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
  EXPECT_EQ(result.status, 0);
  ::close(inherited);
  ::unsetenv("WSDEEP_TEST_SECRET");
}

TEST(Process, StartsWithDefaultSignalsAndItsOwnGroup) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto ignored = ::signal(SIGPIPE, SIG_IGN);
  const Result result =
      run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; [ $(ps -o pgid= -p $$) = $$ ] && echo leads"));
  ::signal(SIGPIPE, ignored);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(result.out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nleads\n");
}

TEST(Process, SaysWhichProgramItCannotStart) {
  EventLoop loop;
  const auto fault = [&](const std::string& program) {
    ProcessOptions options;
    options.program = program;
    try {
      const Process process(loop, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("started");
  };
  EXPECT_EQ(fault("/nowhere/program"), "cannot start /nowhere/program: No such file or directory");
  EXPECT_EQ(fault("/etc/passwd"), "cannot start /etc/passwd: Permission denied");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was not reaped";
}

TEST(Process, EndsPolitelyWhenAskedAndByForceAfterTheGrace) {
  for (const bool stubborn : {false, true}) {
    EventLoop loop;
    int status = 0;
    std::unique_ptr<Process> process;
    ProcessOptions options = shell(stubborn ? "trap '' TERM; echo ready; while :; do sleep 1; done"
                                            : "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done");
    options.on_stdout = [&](std::string_view) { process->terminate(stubborn ? 100ms : 10s); };
    options.on_exit = [&](int exit_status) {
      status = exit_status;
      loop.stop();
    };
    process = std::make_unique<Process>(loop, std::move(options));
    loop.run();
    EXPECT_EQ(status, stubborn ? -SIGKILL : 3);
  }
}

TEST(Process, IsKilledAndReapedWhenDestroyed) {
  EventLoop loop;
  ProcessOptions options = shell("sleep 1000 & echo $!; wait");
  int grandchild = -1;
  options.on_stdout = [&](std::string_view piece) {
    grandchild = watch(static_cast<pid_t>(std::stoi(std::string(piece))));
    loop.stop();
  };
  options.on_exit = [](int) { FAIL() << "called after it was destroyed"; };
  pid_t pid = 0;
  {
    const Process process(loop, std::move(options));
    pid = process.pid();
    EXPECT_TRUE(process.running());
    loop.run();
  }
  EXPECT_FALSE(is_there(pid));
  loop.post([&] { loop.stop(); });
  loop.run();
  ASSERT_GE(grandchild, 0);
  EXPECT_TRUE(ends(grandchild));
}

TEST(Process, MayBeDestroyedByItsOwnCallbacks) {
  for (const bool at_exit : {false, true}) {
    EventLoop loop;
    std::unique_ptr<Process> process;
    ProcessOptions options = shell("echo x; exit 0");
    const auto destroy = [&] {
      process.reset();
      loop.stop();
    };
    options.on_stdout = [&](std::string_view) {
      if (!at_exit) destroy();
    };
    options.on_exit = [&](int) { destroy(); };
    process = std::make_unique<Process>(loop, std::move(options));
    loop.run();
    EXPECT_EQ(process, nullptr);
  }
}

TEST(Process, IsNotHeldUpByAGrandchildThatKeepsThePipe) {
  const Result result = run(shell("setsid sleep 5 & echo started; exit 4"));
  EXPECT_EQ(result.out, "started\n");
  EXPECT_EQ(result.status, 4);
}

TEST(Process, DiesWithItsParent) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    EventLoop loop;
    const Process process(loop, shell("exec sleep 1000"));
    const pid_t pid = process.pid();
    if (::write(pipe_ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::pause();
  }
  pid_t child = 0;
  ASSERT_EQ(::read(pipe_ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  const int watched = watch(child);
  ASSERT_GE(watched, 0);
  ::kill(parent, SIGKILL);
  EXPECT_TRUE(ends(watched));
  ::waitpid(parent, nullptr, 0);
  for (const int end : pipe_ends) ::close(end);
}

}  // namespace
}  // namespace wsdeep::net
