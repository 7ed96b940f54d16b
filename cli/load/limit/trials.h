#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "load/limit/search_options.h"
#include "load/report/limit_search.h"

namespace wsdeep::load {

/// Tries loads, one after the other, and writes down what came of each.
class Trials {
 public:
  /// All three outlive it. `found` gets its points.
  Trials(const SearchOptions& options, const SearchTools& tools, LimitSearch& found);

  /// One request at a time. Throws Error where it could not be begun: nothing is known then.
  void measure_alone();
  /// Users who ask at once and again, for a while; nothing when there is no time for it.
  void measure_burst();

  /// How a point is tried.
  struct Effort {
    Micros length = 0;   ///< of its first run
    int runs = 1;        ///< at most, each twice as long as the one before
    Micros reserve = 0;  ///< of the budget, for what comes later
  };
  PointJudgement try_load(double load, TriedFor why, const Effort& effort);
  /// Of a point's first run: as it is wanted, unless it was said, or the budget is too small for it.
  Micros length_at(double load) const;
  /// As long as it has to be for bounds that can be believed.
  Micros length_wanted(double load) const;

  /// Whether the budget has room for a run, and for what comes later.
  bool affords(Micros length, Micros reserve) const;

  /// Nothing more may be tried: why is in `found`.
  bool over() const { return over_; }
  void end(SearchEnd by, std::string why = {});

  /// What one answer took alone.
  Micros answer_alone() const;

 private:
  void go_on(LimitPoint& point, const Effort& effort);
  static void fail_by_rule(LimitPoint& point);
  std::optional<Result> run(const RunSpec& spec);
  RunSpec spec_of(double load, Micros length, bool first) const;
  RunSpec closed_spec(int users) const;
  Micros patience_alone() const;
  RunSpec alone_spec(const std::string& name) const;
  void recover(double load);
  bool is_back();
  /// Turns a second of these users, when nobody waits for a slot.
  double rate_of(double load) const;
  void say(const std::string& step) const;
  std::string name_of(double load) const;

  const SearchOptions& options_;
  const SearchTools& tools_;
  LimitSearch& found_;
  std::uint64_t runs_ = 0;
  std::string not_made_;  ///< why the last run that could not be begun was not
  bool over_ = false;
};

}  // namespace wsdeep::load
