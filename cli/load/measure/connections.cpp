#include "load/measure/connections.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "load/measure/window.h"

namespace wsdeep::load {
namespace {

bool was_opened(const ConnectionRecord& record) {
  return record.opened != kNever;
}

/// The largest number of them within one second, wherever that begins.
std::uint64_t most_in_a_second(std::vector<Micros> instants) {
  std::sort(instants.begin(), instants.end());
  std::size_t most = 0;
  for (std::size_t from = 0, to = 0; to < instants.size(); ++to) {
    while (instants[to] - instants[from] >= kOneSecond) ++from;
    most = std::max(most, to - from + 1);
  }
  return most;
}

void count_first_attempts(const std::vector<ConnectionRecord>& records, ConnectionFigures& figures) {
  for (const ConnectionRecord& record : records) {
    if (record.again) {
      figures.opened_again += was_opened(record) ? 1 : 0;
      continue;
    }
    ++figures.sessions;
    if (was_opened(record))
      ++figures.opened;
    else
      ++figures.failed[record.reason];
  }
}

/// How many were open at once, and when all were: by going through all that opened and closed in order of time.
void follow_open_ones(const std::vector<ConnectionRecord>& records, Micros origin, ConnectionFigures& figures) {
  std::vector<std::pair<Micros, int>> changes;
  std::vector<Micros> openings;
  for (const ConnectionRecord& record : records) {
    if (!was_opened(record)) continue;
    openings.push_back(record.opened);
    changes.emplace_back(record.opened, 1);
    if (record.closed != kNever) changes.emplace_back(record.closed, -1);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t open = 0;
  for (const auto& [at, change] : changes) {
    open += change;
    figures.peak_open = std::max(figures.peak_open, static_cast<std::uint64_t>(std::max<std::int64_t>(open, 0)));
    if (!figures.full_after && figures.peak_open == figures.sessions) figures.full_after = at - origin;
  }
  figures.most_opened_in_a_second = most_in_a_second(std::move(openings));
}

void collect_own_ends(const std::vector<ConnectionRecord>& records, Micros origin, ConnectionFigures& figures) {
  std::map<std::pair<int, std::string>, OwnEnd> kinds;
  for (const ConnectionRecord& record : records) {
    if (!was_opened(record) || record.closed == kNever) continue;
    figures.lifetimes.record(record.closed - record.opened);
    if (!record.closed_by_peer) continue;
    OwnEnd& kind = kinds[{record.close_code, record.reason}];
    const Micros at = record.closed - origin;
    kind.first = kind.connections == 0 ? at : std::min(kind.first, at);
    kind.last = kind.connections == 0 ? at : std::max(kind.last, at);
    ++kind.connections;
    kind.lifetimes.record(record.closed - record.opened);
  }
  for (auto& [key, kind] : kinds) {
    std::tie(kind.close_code, kind.why) = key;
    figures.own_ends.push_back(std::move(kind));
  }
  std::stable_sort(figures.own_ends.begin(), figures.own_ends.end(),
                   [](const OwnEnd& a, const OwnEnd& b) { return a.connections > b.connections; });
}

/// One storm: what it took from its instant until the next one, and how that came back, however long it took. Records
/// are in order of their begin.
class StormView {
 public:
  StormView(Micros from, Micros to) : from_(from), to_(to) {}

  void see_loss(const ConnectionRecord& record) {
    if (record.reason != kStorm || record.closed < from_ || record.closed >= to_) return;
    ++storm_.lost;
    away_.insert(record.session);
  }
  void see_return(const ConnectionRecord& record) {
    if (!record.again || record.begin < from_ || !away_.contains(record.session)) return;
    ++storm_.attempts;
    attempts_.push_back(record.begin);
    if (!was_opened(record)) return void(++storm_.failed[record.reason]);
    away_.erase(record.session);
    ++storm_.back;
    storm_.resumed += record.resumed ? 1 : 0;
    storm_.back_after.record(record.opened - from_);
  }
  Storm take() {
    storm_.most_in_a_second = most_in_a_second(std::move(attempts_));
    if (storm_.lost > 0 && away_.empty()) storm_.all_back = storm_.back_after.max();
    return std::move(storm_);
  }

 private:
  Micros from_;
  Micros to_;
  Storm storm_;
  std::set<std::uint64_t> away_;
  std::vector<Micros> attempts_;
};

Storm storm_figures(const std::vector<ConnectionRecord>& records, Micros from, Micros to) {
  StormView view(from, to);
  for (const ConnectionRecord& record : records) view.see_loss(record);
  for (const ConnectionRecord& record : records) view.see_return(record);
  return view.take();
}

}  // namespace

ConnectionFigures connection_figures(std::vector<ConnectionRecord> records, const std::vector<StormMark>& storms) {
  std::sort(records.begin(), records.end(),
            [](const ConnectionRecord& a, const ConnectionRecord& b) { return a.begin < b.begin; });
  Micros origin = std::numeric_limits<Micros>::max();
  for (const ConnectionRecord& record : records) origin = std::min(origin, record.intended);
  ConnectionFigures figures;
  count_first_attempts(records, figures);
  follow_open_ones(records, origin, figures);
  collect_own_ends(records, origin, figures);
  for (std::size_t i = 0; i < storms.size(); ++i) {
    const bool is_last = i + 1 == storms.size();
    Storm storm = storm_figures(records, storms[i].at, is_last ? std::numeric_limits<Micros>::max() : storms[i + 1].at);
    storm.at = storms[i].at - origin;
    storm.turns = storms[i].turns;
    figures.storms.push_back(std::move(storm));
  }
  return figures;
}

}  // namespace wsdeep::load
