#include "load/measure/warm_up.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "load/measure/in_flight.h"
#include "load/measure/statistics.h"

namespace wsdeep::load {

namespace {

struct FirstText {
  Micros intended;
  double after;  ///< of one that had none, as long as it waited
};

std::vector<FirstText> first_texts(const RunLog& log, const Window& stage, Micros now) {
  std::vector<FirstText> texts;
  for (const KeptTurn& turn : log.turns()) {
    const Reading reading = read_metric(turn, Metric::kTtft, now);
    if (stage.holds(turn.intended) && (reading.kind == Reading::kValue || reading.kind == Reading::kBound))
      texts.push_back({turn.intended, static_cast<double>(reading.us)});
  }
  std::ranges::sort(texts, {}, &FirstText::intended);
  return texts;
}

Micros whole_seconds(Micros at) {
  return (at + kOneSecond - 1) / kOneSecond * kOneSecond;
}

/// A cut as an instant.
struct CutAt {
  Micros at = 0;
  bool found = true;
};

std::optional<CutAt> cut_by_texts(const RunLog& log, const Window& stage, Micros now) {
  const auto texts = first_texts(log, stage, now);
  std::vector<double> series;
  for (const FirstText& text : texts) series.push_back(text.after);
  const auto cut = mser5(series);
  if (!cut) return std::nullopt;
  return CutAt{cut->cut == 0 ? 0 : whole_seconds(texts[cut->cut].intended), cut->found};
}

/// A second would be too coarse in a short run: five hundred parts are not.
std::optional<CutAt> cut_by_in_flight(const RunLog& log, const Window& stage, Micros now) {
  constexpr Micros kParts = 500;
  const Micros unit = std::max<Micros>(1, stage.to / kParts);
  const auto cut = mser5(mean_in_flight(log.turns(), stage.to, unit, now));
  if (!cut) return std::nullopt;
  return CutAt{whole_seconds(static_cast<Micros>(cut->cut) * unit), cut->found};
}

}  // namespace

WarmUp find_warm_up(const RunLog& log, Micros now) {
  if (log.options().warm_up) return {.cut = *log.options().warm_up};
  const Stage& first = log.stages().front();
  const Window stage = log.stage_window(0, now).within(log.measured(now));
  WarmUp warm_up{.cut = 0, .found = true};
  if (first.rate_from != first.rate_to) return warm_up;
  const Micros most = stage.to / 2 / kOneSecond * kOneSecond;
  for (const auto& cut : {cut_by_texts(log, stage, now), cut_by_in_flight(log, stage, now)}) {
    if (!cut) continue;
    warm_up.cut = std::max(warm_up.cut, std::min(cut->at, most));
    warm_up.steady = warm_up.steady && cut->found;
  }
  return warm_up;
}

}  // namespace wsdeep::load
