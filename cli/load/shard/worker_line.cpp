#include "load/shard/worker_line.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::load {
namespace {

struct StateWord {
  WorkerState state;
  std::string_view word;
};
constexpr std::array<StateWord, 6> kStateWords = {{{WorkerState::kStarting, "starting"},
                                                   {WorkerState::kWaiting, "waiting"},
                                                   {WorkerState::kRunning, "running"},
                                                   {WorkerState::kDraining, "draining"},
                                                   {WorkerState::kOver, "over"},
                                                   {WorkerState::kGone, "gone"}}};

std::uint64_t count_in(const wire::JsonFields& fields, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, fields.integer(name)));
}

}  // namespace

std::string_view word_of(WorkerState state) {
  return std::ranges::find(kStateWords, state, &StateWord::state)->word;
}

std::string worker_line(int worker, WorkerState state, const WorkerFigures& figures) {
  return wire::JsonObject()
      .add("worker", worker)
      .add("state", word_of(state))
      .add("at_us", figures.at_us)
      .add("begun", figures.begun)
      .add("ended", figures.ended)
      .add("bad", figures.bad)
      .add("in_flight", figures.in_flight)
      .text();
}

bool read_worker_line(std::string_view line, WorkerStanding& standing) {
  try {
    const wire::Json document = wire::parse_json(line, "a worker's line");
    const wire::JsonFields fields(document);
    const auto state = std::ranges::find(kStateWords, fields.text("state"), &StateWord::word);
    if (state == kStateWords.end()) return false;
    standing.figures = WorkerFigures{.at_us = fields.integer("at_us"),
                                     .begun = count_in(fields, "begun"),
                                     .ended = count_in(fields, "ended"),
                                     .bad = count_in(fields, "bad"),
                                     .in_flight = count_in(fields, "in_flight")};
    standing.state = state->state;
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace wsdeep::load
