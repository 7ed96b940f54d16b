#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "load/shard/worker_role.h"

namespace wsdeep::load {

/// What a worker says of itself each second: a line of JSON on its stdout, such as
/// `{"worker":3,"state":"running","at_us":9000000,"begun":45,"ended":44,"bad":0,"in_flight":1}`
struct WorkerFigures {
  std::int64_t at_us = 0;  ///< since the start; negative before it
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  std::uint64_t bad = 0;  ///< of those that ended
  std::uint64_t in_flight = 0;

  bool operator==(const WorkerFigures&) const = default;
};

enum class WorkerState {
  kStarting,  ///< was asked for; nothing is known of it yet
  kWaiting,   ///< is ready, or makes itself ready, before the start
  kRunning,
  kDraining,  ///< begins no further turn
  kOver,      ///< has ended by itself: its shard can be fetched
  kGone,      ///< has ended otherwise: killed, crashed, evicted, never placed
};

struct WorkerStanding {
  WorkerState state = WorkerState::kStarting;
  std::string
      why{};  ///< of one that is gone: `killed by signal 9`, `OOMKilled`; of one that is over, what it failed in
  std::optional<WorkerFigures> figures{};  ///< those said last, where the place can read them

  bool ended() const { return state == WorkerState::kOver || state == WorkerState::kGone; }
};

enum class WorkersStop { kSoon, kNow };  ///< begin no further turn; let no turn go on

/// Where workers run: processes here, pods of a job, tasks. For one thread. Its destructor ends what runs still and
/// leaves nothing behind.
class Place {
 public:
  virtual ~Place() = default;

  /// How long after `start` its workers can be expected to be running: the start of the schedule is set later than
  /// that.
  virtual std::chrono::seconds start_up() const = 0;

  /// For what comes after a worker's last turn: the summary, the shard, its way here, the process's end.
  virtual std::chrono::seconds shard_time() const = 0;

  /// Starts `run.workers` processes of this program, each with `arguments` (those after the program's name) and with
  /// worker_environment for its number and for a shard that the place chooses. Returns as soon as all are asked for.
  /// Throws Error when one could not be; none is left then. Once for each object.
  virtual void start(const WorkersRun& run, const std::vector<std::string>& arguments) = 0;

  /// By worker; called a few times a second, and each time cheap (what is far away may be asked less often). A place
  /// that cannot be asked for a while says what it knew; Error only when nothing can be known any more.
  virtual std::vector<WorkerStanding> standings() = 0;

  /// Asks all that have not ended; returns at once.
  virtual void stop(WorkersStop how) = 0;

  /// The shard of a worker that is over, as a file here; nothing when it left none, or none yet. The file lives as long
  /// as this. Throws Error when nobody can tell.
  virtual std::optional<std::filesystem::path> fetch(int worker) = 0;
};

}  // namespace wsdeep::load
