// Any bytes as a worker's shard: what is read can be recorded. A stream that is not compressed is read as it is, so
// that the fuzzer comes by the frames.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "base/error.h"
#include "fuzz/target.h"
#include "load/measure/recorder.h"
#include "load/shard/shard_file.h"

namespace load_shard_fuzz {
namespace {

constexpr wsdeep::load::Micros kTenMinutes = 600'000'000;

void record_all(const std::string& path) {
  using namespace wsdeep::load;  // NOLINT: all that a shard becomes
  Recorder recorder({.stages = {{"1", 10'000'000, 1, 1}}});
  ShardReader reader(path);
  while (const auto entry = reader.next()) {
    if (const auto* turn = std::get_if<TurnRecord>(&*entry))
      recorder.on_turn(*turn);
    else
      recorder.on_connection(std::get<ConnectionRecord>(*entry));
  }
  recorder.end_schedule(reader.closing().schedule_end);
  recorder.summary(std::clamp<Micros>(reader.closing().end, 0, kTenMinutes));
}

}  // namespace

FUZZ_TARGET(load_shard_fuzz) {
  const int file = ::memfd_create("shard", MFD_CLOEXEC);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    record_all("/proc/self/fd/" + std::to_string(file));
  } catch (const wsdeep::Error&) {
  }
  ::close(file);
  return 0;
}

}  // namespace load_shard_fuzz
