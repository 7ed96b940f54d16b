#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "load/plan/worker_share.h"
#include "load/shard/clock_error.h"
#include "load/turn/run_witness.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Whose shard a file is.
struct ShardOpening {
  std::string version;  ///< of the tool
  std::string run;      ///< as in WorkersRun
  std::string plan;     ///< digest of what was to be measured
  WorkerShare share;

  bool operator==(const ShardOpening&) const = default;
};

/// What a worker says when its run is over. Instants are counted from the schedule's begin.
struct ShardClosing {
  Micros schedule_end = 0;
  Micros end = 0;
  ClockError clock{};
  std::string fault{};   ///< why nothing was sent; empty: there is a result
  std::string result{};  ///< of this worker's share, as JSON: what it saw of itself, and what its driver counted

  bool operator==(const ShardClosing&) const = default;
};

/// A worker's shard while its run goes on: written by a thread of its own, so that no turn waits for the disk; gzip.
/// Instants are counted from the schedule's begin, conversations and sessions numbered as in the whole.
class ShardFile final : public RunWitness {
 public:
  /// Opens `<path>.partial`. Throws Error{kFailure} when it cannot.
  ShardFile(const std::filesystem::path& path, const ShardOpening& opening);
  /// Without `finish`, `<path>.partial` stays.
  ~ShardFile() override;
  ShardFile(const ShardFile&) = delete;
  ShardFile& operator=(const ShardFile&) = delete;

  void on_begin(Micros at) override;
  void on_turn(TurnRecord record) override;
  void on_connection(const ConnectionRecord& record) override;
  void on_over(Micros schedule_end, Micros now) override;

  /// The rest, and the file's name; the instants of `closing` are those of `on_over`. Throws Error{kFailure} when
  /// anything of the run is missing in the file.
  void finish(ShardClosing closing);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a shard that anybody may have written; in memory is one record at a time. Each call throws Error{kUsage} that
/// names the file and says what is wrong with it.
class ShardReader {
 public:
  /// Reads the opening.
  explicit ShardReader(const std::filesystem::path& path);
  ~ShardReader();
  ShardReader(ShardReader&&) noexcept;
  ShardReader& operator=(ShardReader&&) noexcept;

  const ShardOpening& opening() const;
  using Entry = std::variant<TurnRecord, ConnectionRecord>;
  /// In the order in which they were told; nothing at the end.
  std::optional<Entry> next();
  /// After `next` has given nothing.
  const ShardClosing& closing() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load
