#include "load/report/result_fields.h"

#include <gtest/gtest.h>

#include "load/report/series.h"

namespace wsdeep::load {
namespace {

/// A struct of which no field is missing in the table; who adds one describes it there and in `result.schema.json`, and
/// says the new size here.
template <class Struct>
void expect_size(const char* name, std::size_t size) {
  EXPECT_EQ(sizeof(Struct), size) << name << " has other fields than result_fields.h knew";
}

TEST(ResultFields, KnowAllThatAResultHas) {
  expect_size<Result>("Result", 5456);
  expect_size<MergedWorker>("MergedWorker", 128);
  expect_size<LoadShape>("LoadShape", 136);
  expect_size<Stage>("Stage", 56);
  expect_size<Pacing>("Pacing", 72);
  expect_size<Verdict>("Verdict", 56);
  expect_size<Signal>("Signal", 136);
  expect_size<Summary>("Summary", 3640);
  expect_size<Slice>("Slice", 3136);
  expect_size<DoorUse>("DoorUse", 96);
  expect_size<CountRange>("CountRange", 16);
  expect_size<ConnectionUse>("ConnectionUse", 40);
  expect_size<CoalescingCase>("CoalescingCase", 88);
  expect_size<CostFigures>("CostFigures", 128);
  expect_size<CostItem>("CostItem", 88);
  expect_size<Tally>("Tally", 112);
  expect_size<ItlBounds>("ItlBounds", 32);
  expect_size<ItlBounds::Bound>("ItlBounds::Bound", 24);
  expect_size<NodeBalance>("NodeBalance", 88);
  expect_size<NodeBalance::KvEffect>("NodeBalance::KvEffect", 40);
  expect_size<LittleCheck>("LittleCheck", 32);
  expect_size<Second>("Second", 120);
  expect_size<Span>("Span", 96);
  expect_size<NodeSpan>("NodeSpan", 88);
  expect_size<LevelResult>("LevelResult", 200);
  expect_size<WarmUp>("WarmUp", 16);
  expect_size<DriverFigures>("DriverFigures", 1176);
  expect_size<Estimate>("Estimate", 24);
  expect_size<BatchMeans>("BatchMeans", 96);
  expect_size<PartFigures>("PartFigures", 48);
  expect_size<ClockOffset>("ClockOffset", 56);
  expect_size<PairedFigures>("PairedFigures", 816);
  expect_size<CancelFigures>("CancelFigures", 64);
  expect_size<SessionFigures>("SessionFigures", 32);
  expect_size<ConnectionFigures>("ConnectionFigures", 208);
  expect_size<Storm>("Storm", 192);
  expect_size<StormTurns>("StormTurns", 24);
  expect_size<OwnEnd>("OwnEnd", 120);
  expect_size<EngineFigures>("EngineFigures", 208);
  expect_size<EngineFigure>("EngineFigure", 80);
}

TEST(SeriesFields, KnowAllThatASeriesHas) {
  expect_size<Series>("Series", 248);
  expect_size<SeriesRun>("SeriesRun", 5464);
  expect_size<SeriesSide>("SeriesSide", 56);
  expect_size<PooledFigure>("PooledFigure", 160);
  expect_size<Comparison>("Comparison", 104);
  expect_size<ComparedFigure>("ComparedFigure", 208);
}

}  // namespace
}  // namespace wsdeep::load
