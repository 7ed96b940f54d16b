#include "net/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"
#include "net/event_loop_impl.h"

// Starting a child.
//
// posix_spawn cannot set the parent-death signal, so the child is made with vfork: fast however large this process is,
// but the child runs in our memory, on our stack, until it execs. It may only make system calls; everything it needs
// (argument vectors, descriptors) is prepared before, and it must not return from `become`. All signals are blocked
// around it so that no handler of ours runs in the child.
//
// A failed step reaches the parent as an errno through a pipe that a successful exec closes.
//
// The parent-death signal is tied to the *thread* that called vfork: it must live as long as the child should. Here
// that is the loop's thread. A parent that dies between vfork and prctl is noticed by its id.
//
// The end of a child has three parts, which come in any order: its exit (seen through a pidfd) and the ends of its two
// pipes. `on_exit` waits for all, but a grandchild that holds a pipe open delays it by one second at most.

namespace wsdeep::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kOutputGrace{1};
constexpr std::size_t kPipeBytes = 16 * 1024;

struct Pipe {
  OwnedDescriptor reading, writing;
};

Error start_fault(const std::string& program, int reason) {
  const char* hint = reason == ENOENT ? "check the path; it is not looked up in PATH" : "";
  return {ErrorKind::kFailure, fmt::format("cannot start {}: {}", program, std::strerror(reason)), hint};
}

Pipe make_pipe(const std::string& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw start_fault(program, errno);
  return {OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1])};
}

/// Null-terminated pointers to the strings of `texts`, which must stay.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// All that the child needs, ready to use.
struct Birth {
  const char* program;
  char* const* arguments;
  char* const* environment;
  int in, out, err, failure;
  pid_t parent;
};

[[noreturn]] void give_up(const Birth& birth) {
  const int reason = errno;
  [[maybe_unused]] const ssize_t told = ::write(birth.failure, &reason, sizeof reason);
  ::_exit(127);
}

/// dup2, also where the number is right already and only close-on-exec must go.
bool place(int fd, int target) {
  return fd == target ? ::fcntl(fd, F_SETFD, 0) == 0 : ::dup2(fd, target) == target;
}

/// Without close_range (before Linux 5.11) the descriptors are marked one by one.
void close_inherited_on_exec() {
  if (::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
  const int limit = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  for (int fd = 3; fd < limit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The child's whole life before exec: system calls only.
[[noreturn]] __attribute__((noinline)) void become(const Birth& birth) {
  if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(birth);
  if (::getppid() != birth.parent) ::_exit(127);
  if (!place(birth.in, 0) || !place(birth.out, 1) || !place(birth.err, 2)) give_up(birth);
  close_inherited_on_exec();
  reset_signals();
  ::execve(birth.program, birth.arguments, birth.environment);
  give_up(birth);
}

/// vfork in a frame of its own, that holds nothing a second return could find changed.
__attribute__((noinline)) pid_t bear(const Birth& birth) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::vfork();
  if (pid == 0) become(birth);
  const int reason = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return pid;
}

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// A descriptor that cannot be 0, 1 or 2: placing one of them in the child must not overwrite another.
OwnedDescriptor above_standard(OwnedDescriptor descriptor) {
  if (descriptor.get() > 2) return descriptor;
  return OwnedDescriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace

/// Lives on while handlers of the loop hold it; `over_` tells them that the Process is gone.
struct Process::Impl {
  class Child;
  std::shared_ptr<Child> child;
};

class Process::Impl::Child : public std::enable_shared_from_this<Child> {
 public:
  Child(EventLoop::Impl& loop, ProcessOptions options)
      : options_(std::move(options)),
        out_(loop, options_.on_stdout),
        err_(loop, options_.on_stderr),
        exit_(loop.context),
        timer_(loop.context) {}

  void start();
  void terminate(std::chrono::milliseconds grace);
  void abandon();
  pid_t pid() const { return pid_; }
  bool running() const { return !status_; }

 private:
  struct Output {
    Output(EventLoop::Impl& loop, std::function<void(std::string_view)> function)
        : pipe(loop.context), consumer(std::move(function)) {}
    asio::posix::stream_descriptor pipe;
    std::function<void(std::string_view)> consumer;
    bool open = false;
    std::array<char, kPipeBytes> block;
  };

  OwnedDescriptor open_output(Output& output, const OwnedDescriptor& null);
  void launch(int in, int out, int err);
  void read(Output& output);
  void wait_for_exit();
  void on_exited();
  void tell_when_all_has_ended();
  void tell();

  ProcessOptions options_;
  Output out_, err_;
  asio::posix::stream_descriptor exit_;
  asio::steady_timer timer_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  bool over_ = false;  // told, or abandoned
};

void Process::Impl::Child::start() {
  const OwnedDescriptor null = above_standard(OwnedDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  if (null.get() < 0) throw start_fault(options_.program, errno);
  const OwnedDescriptor out = above_standard(open_output(out_, null));
  const OwnedDescriptor err = above_standard(open_output(err_, null));
  if (out.get() < 0 || err.get() < 0) throw start_fault(options_.program, errno);
  launch(null.get(), out.get(), err.get());
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0u));
  if (pidfd < 0) {
    const int reason = errno;
    ::kill(-pid_, SIGKILL);
    reap(pid_);
    throw start_fault(options_.program, reason);
  }
  exit_.assign(pidfd);
  wait_for_exit();
  if (out_.open) read(out_);
  if (err_.open) read(err_);
}

/// The end that the child writes to.
OwnedDescriptor Process::Impl::Child::open_output(Output& output, const OwnedDescriptor& null) {
  if (!output.consumer) return OwnedDescriptor(::fcntl(null.get(), F_DUPFD_CLOEXEC, 3));
  Pipe pipe = make_pipe(options_.program);
  output.pipe.assign(pipe.reading.release());
  output.open = true;
  return std::move(pipe.writing);
}

void Process::Impl::Child::launch(int in, int out, int err) {
  std::vector<std::string> arguments = options_.arguments;
  arguments.insert(arguments.begin(), options_.program);
  std::vector<std::string> environment;
  for (const auto& [name, value] : options_.environment) environment.push_back(name + "=" + value);
  const std::vector<char*> argument_list = pointers_to(arguments);
  const std::vector<char*> environment_list = pointers_to(environment);
  Pipe failure = make_pipe(options_.program);
  OwnedDescriptor failure_end = above_standard(std::move(failure.writing));
  pid_ = bear({options_.program.c_str(), argument_list.data(), environment_list.data(), in, out, err, failure_end.get(),
               ::getpid()});
  if (pid_ < 0) throw start_fault(options_.program, errno);
  failure_end.close();
  int reason = 0;
  ssize_t got;
  while ((got = ::read(failure.reading.get(), &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  if (got == 0) return;
  reap(pid_);
  throw start_fault(options_.program, reason);
}

void Process::Impl::Child::read(Output& output) {
  output.pipe.async_read_some(asio::buffer(output.block),
                              [self = shared_from_this(), &output](error_code failed, std::size_t bytes) {
                                if (self->over_) return;
                                if (failed) {
                                  output.open = false;
                                  return self->tell_when_all_has_ended();
                                }
                                output.consumer({output.block.data(), bytes});
                                if (!self->over_) self->read(output);
                              });
}

void Process::Impl::Child::wait_for_exit() {
  exit_.async_wait(exit_.wait_read, [self = shared_from_this()](error_code failed) {
    if (!failed && !self->over_) self->on_exited();
  });
}

/// Asio may say that it is readable when it is not: an event of the descriptor that had this one's place before, in the
/// round in which that was closed. To wait for the child then would hold up the loop, perhaps for ever.
void Process::Impl::Child::on_exited() {
  int status = 0;
  pid_t ended;
  while ((ended = ::waitpid(pid_, &status, WNOHANG)) < 0 && errno == EINTR) {
  }
  if (ended == 0) return wait_for_exit();
  status_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  timer_.expires_after(kOutputGrace);  // replaces the one of `terminate`
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && !self->over_) self->tell();
  });
  tell_when_all_has_ended();
}

void Process::Impl::Child::tell_when_all_has_ended() {
  if (status_ && !out_.open && !err_.open) tell();
}

void Process::Impl::Child::tell() {
  const auto on_exit = std::move(options_.on_exit);
  const int status = *status_;
  abandon();
  if (on_exit) on_exit(status);
}

void Process::Impl::Child::terminate(std::chrono::milliseconds grace) {
  if (!running()) return;
  ::kill(pid_, SIGTERM);
  timer_.expires_after(grace);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->running()) ::kill(-self->pid_, SIGKILL);
  });
}

/// Calls nothing any more. A child that still runs is killed, with its process group, and reaped.
void Process::Impl::Child::abandon() {
  over_ = true;
  timer_.cancel();
  error_code ignored;
  out_.pipe.close(ignored);
  err_.pipe.close(ignored);
  exit_.close(ignored);
  if (!running()) return;
  ::kill(-pid_, SIGKILL);
  reap(pid_);
  status_ = -SIGKILL;
}

Process::Process(EventLoop& loop, ProcessOptions options)
    : impl_(std::make_unique<Impl>(Impl{std::make_shared<Impl::Child>(loop.impl(), std::move(options))})) {
  impl_->child->start();
}

Process::~Process() {
  impl_->child->abandon();
}

pid_t Process::pid() const {
  return impl_->child->pid();
}

bool Process::running() const {
  return impl_->child->running();
}

void Process::terminate(std::chrono::milliseconds grace) {
  impl_->child->terminate(grace);
}

}  // namespace wsdeep::net
