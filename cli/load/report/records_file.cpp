#include "load/report/records_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {

namespace {

/// Handed to the disk at once: the thread need not be woken for each turn.
constexpr std::size_t kWakeBytes = 256 << 10;

/// Writes as much of `text` as there is room for; errno, or 0.
int write_text(int file, std::string_view& text) {
  while (!text.empty()) {
    const ssize_t done = ::write(file, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return 0;
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::string hint_for(int fault) {
  return fault == ENOSPC || fault == EDQUOT || fault == EFBIG ? "free space there, or give --records another disk" : "";
}

}  // namespace

struct RecordsFile::Impl {
  Impl(std::string name, std::size_t most) : path(std::move(name)), partial(path + ".partial"), most_waiting(most) {
    file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) throw Error(ErrorKind::kFailure, fmt::format("cannot write {}: {}", partial, std::strerror(errno)));
    writer = std::thread([this] { write_batches(); });
  }

  ~Impl() {
    stop();
    if (!has_lines()) ::unlink(partial.c_str());
    ::close(file);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void stop() {
    {
      const std::lock_guard lock(mutex);
      ended = true;
    }
    wake.notify_one();
    if (writer.joinable()) writer.join();
  }

  void add(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex);
    if (fault != 0 || waiting.size() + line.size() > most_waiting) {
      ++lost;
      return;
    }
    waiting += line;
    if (waiting.size() >= kWakeBytes) wake.notify_one();
  }

  void write_batches() {
    std::unique_lock lock(mutex);
    while (!ended || !waiting.empty()) {
      wake.wait(lock, [this] { return ended || waiting.size() >= kWakeBytes; });
      const std::string batch = std::exchange(waiting, {});
      lock.unlock();
      const auto [failure, rest] = write_batch(batch);
      lock.lock();
      if (failure == 0) continue;
      fault = failure;
      lost += rest + lines_in(waiting);
      waiting.clear();
    }
  }

  /// errno or 0, and how many lines are not in the file; none is there in part.
  std::pair<int, std::size_t> write_batch(const std::string& batch) {
    std::string_view rest = batch;
    const int failure = write_text(file, rest);
    if (failure == 0) return {0, 0};
    const std::size_t written = batch.size() - rest.size();
    const std::size_t whole = std::string_view(batch).substr(0, written).rfind('\n') + 1;
    const off_t end = ::lseek(file, 0, SEEK_END);
    // Where even this fails, the last line of `partial` is a part of one: it is counted as lost all the same.
    if (::ftruncate(file, end - static_cast<off_t>(written - whole)) != 0) return {failure, lines_in(batch)};
    return {failure, lines_in(batch.substr(whole))};
  }

  bool has_lines() const { return ::lseek(file, 0, SEEK_END) > 0; }

  std::string what_is_missing() const {
    if (!has_lines()) return fmt::format("all {} turns are missing", lost);
    return fmt::format("{} turns are missing, the others are in {}", lost, partial);
  }

  void finish() {
    stop();
    if (fault == 0 && ::fsync(file) != 0) fault = errno;
    if (fault != 0)
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot write {}: {}; {}", path, std::strerror(fault), what_is_missing()),
                  hint_for(fault));
    if (lost > 0)
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot write {}: the disk was too slow; {}", path, what_is_missing()),
                  "give --records a faster disk");
    if (::rename(partial.c_str(), path.c_str()) != 0)
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot write {}: {}; the turns are in {}", path, std::strerror(errno), partial));
  }

  const std::string path, partial;
  const std::size_t most_waiting;
  int file = -1;

  std::mutex mutex;  ///< of what follows
  std::condition_variable wake;
  std::string waiting;
  std::size_t lost = 0;
  int fault = 0;
  bool ended = false;

  std::thread writer;
};

RecordsFile::RecordsFile(const std::string& path, std::size_t most_waiting)
    : impl_(std::make_unique<Impl>(path, most_waiting)) {}

RecordsFile::~RecordsFile() = default;

void RecordsFile::add(const TurnRecord& record) {
  impl_->add(turn_json(record));
}

void RecordsFile::finish() {
  impl_->finish();
}

}  // namespace wsdeep::load
