#include "load/shard/shard_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"
#include "load/shard/record_bytes.h"
#include "load/shard/shard_bytes.h"
#include "load/shard/shard_fields.h"

/// A shard is a gzip stream of
///
///     wsdeep.loadtest.shard/1, line feed
///     frames: what it is (a byte), the length of the rest (LEB128), the rest
///
/// First the opening, then records as they came, last the closing: without it the worker did not come to its end, and
/// the shard is none. A reader holds one frame at a time.

namespace wsdeep::load {
namespace {

constexpr std::string_view kShardMagic = "wsdeep.loadtest.shard/1\n";
enum class ShardFrame : std::uint8_t { kOpening = 1, kTurn, kConnection, kClosing };

/// Bytes that wait for the disk, at most.
constexpr std::size_t kMostShardWaiting = 256 << 20;
constexpr std::size_t kShardBatch = 256 << 10;
constexpr std::size_t kMostShardFrame = 64 << 20;
/// No run is longer; what is counted by its seconds has to be held.
constexpr Micros kLongestShard = 30LL * 24 * 3600 * 1'000'000;

template <class Io, class Opening>
void go_through_opening(Io& io, Opening& opening) {
  io.text(opening.version);
  io.text(opening.run);
  io.text(opening.plan);
  io.number(opening.share.worker);
  io.number(opening.share.workers);
}

template <class Io, class Closing>
void go_through_closing(Io& io, Closing& closing) {
  io.number(closing.schedule_end);
  io.number(closing.end);
  io.optional(closing.clock.most);
  io.text(closing.clock.known_by);
  io.text(closing.fault);
  io.text(closing.result);
}

std::string shard_frame(ShardFrame kind, std::string_view content) {
  ShardBytesOut out;
  out.number(static_cast<std::uint64_t>(kind));
  out.text(content);
  return out.take();
}

/// Counted from the begin, and within what can be held.
void check_closing(const ShardClosing& closing) {
  const auto fits = [](Micros at) { return at >= -kLongestShard && at <= kLongestShard; };
  if (!fits(closing.schedule_end) || !fits(closing.end)) throw Error(ErrorKind::kUsage, "its end is out of range");
}

void check_opening(const ShardOpening& opening) {
  if (opening.share.workers < 1 || opening.share.workers > kMaxWorkers || opening.share.worker < 0 ||
      opening.share.worker >= opening.share.workers)
    throw Error(ErrorKind::kUsage, "its worker is none of the run's");
}

struct CloseGzip {
  void operator()(gzFile_s* stream) const { ::gzclose(stream); }
};
using GzipStream = std::unique_ptr<gzFile_s, CloseGzip>;

/// Nothing where there is no memory for it.
GzipStream gzip_stream(OwnedDescriptor file, const char* mode) {
  GzipStream stream(::gzdopen(file.get(), mode));
  if (stream) file.release();
  return stream;
}

}  // namespace

// ---- writing -------------------------------------------------------------------------------------------------------

struct ShardFile::Impl {
  Impl(const std::filesystem::path& name, const ShardOpening& opening)
      : path(name), partial(name.string() + ".partial"), share(opening.share) {
    file = OwnedDescriptor(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) fail(std::strerror(errno));
    stream = gzip_stream(OwnedDescriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)), "wb1");
    if (!stream) fail("out of memory");
    waiting = kShardMagic;
    ShardFieldsOut facts;
    go_through_opening(facts, opening);
    waiting += shard_frame(ShardFrame::kOpening, facts.take());
    writer = std::thread([this] { write_batches(); });
  }

  ~Impl() { stop(); }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(ErrorKind::kFailure, fmt::format("cannot write {}: {}", partial.string(), cause));
  }

  void add(ShardFrame kind, std::string_view content) {
    const std::string frame = shard_frame(kind, content);
    const std::lock_guard lock(mutex);
    if (fault.empty() && waiting.size() + frame.size() > kMostShardWaiting) fault = "the disk was too slow";
    if (!fault.empty()) return;
    waiting += frame;
    if (waiting.size() >= kShardBatch) wake.notify_one();
  }

  void write_batches() {
    std::unique_lock lock(mutex);
    while (!ended || !waiting.empty()) {
      wake.wait(lock, [this] { return ended || waiting.size() >= kShardBatch; });
      const std::string batch = std::exchange(waiting, {});
      lock.unlock();
      const std::string cause = write(batch);
      lock.lock();
      if (fault.empty()) fault = cause;
    }
  }

  /// Why it could not be written; empty: it was.
  std::string write(const std::string& batch) {
    if (batch.empty() || ::gzwrite(stream.get(), batch.data(), static_cast<unsigned>(batch.size())) > 0) return {};
    int code = Z_OK;
    const char* words = ::gzerror(stream.get(), &code);
    return code == Z_ERRNO ? std::strerror(errno) : words;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      ended = true;
    }
    wake.notify_one();
    if (writer.joinable()) writer.join();
  }

  void finish() {
    stop();
    if (!fault.empty()) fail(fault);
    if (::gzclose(stream.release()) != Z_OK || ::fsync(file.get()) != 0) fail(std::strerror(errno));
    if (::rename(partial.c_str(), path.c_str()) != 0) fail(std::strerror(errno));
  }

  const std::filesystem::path path, partial;
  const WorkerShare share;
  OwnedDescriptor file;
  GzipStream stream;
  Micros begin = 0;
  Micros schedule_end = 0, end = 0;

  std::mutex mutex;  ///< of what follows
  std::condition_variable wake;
  std::string waiting;
  std::string fault;
  bool ended = false;

  std::thread writer;
};

ShardFile::ShardFile(const std::filesystem::path& path, const ShardOpening& opening)
    : impl_(std::make_unique<Impl>(path, opening)) {}

ShardFile::~ShardFile() = default;

void ShardFile::on_begin(Micros at) {
  impl_->begin = at;
}

void ShardFile::on_turn(TurnRecord record) {
  record.conversation = impl_->share.in_whole(record.conversation);
  impl_->add(ShardFrame::kTurn, turn_bytes(record, impl_->begin));
}

void ShardFile::on_connection(const ConnectionRecord& record) {
  ConnectionRecord in_whole = record;
  in_whole.session = impl_->share.in_whole(record.session);
  impl_->add(ShardFrame::kConnection, connection_bytes(in_whole, impl_->begin));
}

void ShardFile::on_over(Micros schedule_end, Micros now) {
  impl_->schedule_end = schedule_end - impl_->begin;
  impl_->end = now - impl_->begin;
}

void ShardFile::finish(ShardClosing closing) {
  closing.schedule_end = impl_->schedule_end;
  closing.end = impl_->end;
  ShardFieldsOut facts;
  go_through_closing(facts, closing);
  impl_->add(ShardFrame::kClosing, facts.take());
  impl_->finish();
}

// ---- reading -------------------------------------------------------------------------------------------------------

struct ShardReader::Impl {
  [[noreturn]] void refuse(std::string_view cause) const {
    throw Error(ErrorKind::kUsage, fmt::format("{}: {}", name, cause));
  }

  template <typename Act>
  auto explain(const Act& act) {
    try {
      return act();
    } catch (const Error& error) {
      refuse(error.what());
    }
  }

  explicit Impl(const std::filesystem::path& path) : name(path.string()) {
    OwnedDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) refuse(std::strerror(errno));
    stream = gzip_stream(std::move(file), "rb");
    if (!stream) refuse("out of memory");
    explain([this] { read_opening(); });
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void read_opening() {
    if (bytes(kShardMagic.size()) != kShardMagic) throw Error(ErrorKind::kUsage, "it is no shard of a load test");
    if (next_kind() != ShardFrame::kOpening) throw Error(ErrorKind::kUsage, "it does not say whose shard it is");
    ShardFieldsIn facts(content);
    go_through_opening(facts, opening);
    facts.expect_end("an opening");
    check_opening(opening);
  }

  std::optional<Entry> next() {
    switch (next_kind()) {
      case ShardFrame::kTurn:
        return turn_of_bytes(content);
      case ShardFrame::kConnection:
        return connection_of_bytes(content);
      case ShardFrame::kClosing:
        read_closing();
        return std::nullopt;
      case ShardFrame::kOpening:
        break;
    }
    throw Error(ErrorKind::kUsage, "it is opened twice");
  }

  void read_closing() {
    ShardFieldsIn facts(content);
    go_through_closing(facts, closing);
    facts.expect_end("a closing");
    check_closing(closing);
    // Reading on checks the stream's checksum, too.
    char more = 0;
    if (take(&more, 1) != 0) throw Error(ErrorKind::kUsage, "something follows its end");
  }

  /// Of the next frame, whose content is in `content` then.
  ShardFrame next_kind() {
    const std::uint64_t kind = next_number();
    if (kind < static_cast<std::uint64_t>(ShardFrame::kOpening) ||
        kind > static_cast<std::uint64_t>(ShardFrame::kClosing))
      throw Error(ErrorKind::kUsage, "a frame is not known");
    const std::uint64_t size = next_number();
    if (size > kMostShardFrame) throw Error(ErrorKind::kUsage, "a frame is too large");
    content = bytes(static_cast<std::size_t>(size));
    return static_cast<ShardFrame>(kind);
  }

  std::uint64_t next_number() {
    std::string text;
    do text += bytes(1);
    while ((text.back() & 0x80) != 0 && text.size() < kLongestNumber);
    return ShardBytesIn(text).number();
  }

  /// So many; memory for them as they come, since a frame's length may be a lie.
  std::string bytes(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      const std::size_t before = all.size();
      all.resize(before + std::min(size - before, kShardBatch));
      const std::size_t taken = take(all.data() + before, all.size() - before);
      if (taken == 0) throw Error(ErrorKind::kUsage, "it ends too early: its worker did not come to its end");
      all.resize(before + taken);
    }
    return all;
  }

  /// 0 at the end.
  std::size_t take(char* to, std::size_t most) {
    const int taken = ::gzread(stream.get(), to, static_cast<unsigned>(most));
    int code = Z_OK;
    const char* words = ::gzerror(stream.get(), &code);
    // A stream that is cut off is told as an end too soon.
    if (taken < 0 && code != Z_BUF_ERROR) throw Error(ErrorKind::kUsage, fmt::format("it is damaged: {}", words));
    return taken < 0 ? 0 : static_cast<std::size_t>(taken);
  }

  static constexpr std::size_t kLongestNumber = 10;

  const std::string name;
  GzipStream stream;
  std::string content;
  ShardOpening opening;
  ShardClosing closing;
};

ShardReader::ShardReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}

ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;

const ShardOpening& ShardReader::opening() const {
  return impl_->opening;
}

std::optional<ShardReader::Entry> ShardReader::next() {
  return impl_->explain([this] { return impl_->next(); });
}

const ShardClosing& ShardReader::closing() const {
  return impl_->closing;
}

}  // namespace wsdeep::load
