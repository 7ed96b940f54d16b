// Any bytes as the words of a load and as a file of its stages: a load that can be drawn, or a fault that can be shown;
// never a crash, and never a schedule without an end.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/dice.h"
#include "base/error.h"
#include "base/printable.h"
#include "fuzz/target.h"
#include "load/plan/lengths.h"
#include "load/plan/schedule.h"
#include "load/plan/stages_file.h"
#include "load/plan/words.h"

namespace load_words_fuzz {
namespace {

using namespace wsdeep::load;

void require(bool promise) {
  if (!promise) std::abort();
}

/// Runs `use`, which may refuse by a usage error that can be shown.
template <typename Use>
void may_refuse(Use use) {
  try {
    use();
  } catch (const wsdeep::Error& error) {
    require(error.kind() == wsdeep::ErrorKind::kUsage && wsdeep::printable(error.what()) == error.what());
  }
}

void draw(const std::string& text) {
  LoadShape shape{.burstiness = 0.5, .stages = parse_stages(SourceFile("stages", text)), .requests = 50};
  for (const Arrivals arrivals : {Arrivals::kConstant, Arrivals::kPoisson, Arrivals::kGamma}) {
    shape.arrivals = arrivals;
    const Schedule schedule = make_schedule(shape);
    Micros before = 0;
    for (const Arrival& arrival : schedule.arrivals) {
      require(arrival.intended >= before && arrival.intended <= schedule.length());
      before = arrival.intended;
    }
  }
}

}  // namespace

FUZZ_TARGET(load_words_fuzz) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  may_refuse([&] {
    const double rate = parse_rate(text, "--rate");
    require(rate > 0 && rate <= kMaxRate);
  });
  may_refuse([&] {
    const Cancel cancel = parse_cancel(text, "--cancel");
    require(cancel.share > 0 && cancel.share <= 1 && cancel.after > 0);
  });
  may_refuse([&] {
    wsdeep::LongDice dice(1);
    const int length = Lengths::parse(text, "--turns", 1000).draw(dice);
    require(length >= 1 && length <= 1000);
  });
  may_refuse([&] { parse_arrivals(text, "--arrivals"); });
  may_refuse([&] { draw(text); });
  return 0;
}

}  // namespace load_words_fuzz
