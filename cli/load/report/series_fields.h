#pragma once

#include <string>

#include "load/report/result_fields.h"
#include "load/report/series.h"

/// The fields of a series' JSON, as result_fields.h has those of a result. Private to report/.
namespace wsdeep::load {

template <class Io>
void describe(Io& io, FieldsOf<Io, ConfidenceInterval> interval) {
  io.field("low", interval.low);
  io.field("high", interval.high);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, PooledFigure> figure) {
  io.subject("figure", figure.subject);
  const std::string unit(unit_of(figure.subject.what));
  io.field("value" + unit, figure.value);
  io.field("more_than", figure.more_than);
  io.field("interval" + unit, figure.interval);
  io.field("no_interval", figure.no_interval);
  io.field("detectable_change", figure.detectable);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, SeriesSide> side) {
  io.field("target", side.target);
  io.field("figures", side.figures);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ComparedFigure> figure) {
  io.subject("figure", figure.subject);
  const std::string unit(unit_of(figure.subject.what));
  io.field("a" + unit, figure.a);
  io.field("b" + unit, figure.b);
  io.field("change", figure.change);
  io.field("change_interval", figure.interval);
  io.field("p", figure.p);
  io.field("detectable_change", figure.detectable);
  io.field("finding", figure.finding);
  io.field("why", figure.why);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Comparison> comparison) {
  io.derived("finding", comparison.finding());
  io.field("allowed_change", comparison.allowed);
  io.field("runs_a", comparison.runs_a);
  io.field("runs_b", comparison.runs_b);
  io.field("cannot", comparison.cannot);
  io.field("figures", comparison.figures);
  io.field("notes", comparison.notes);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, SeriesRun> run) {
  io.field("side", run.side);
  io.field("result", run.result);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Series> series) {
  io.derived("schema", std::string(kSeriesSchema));
  io.field("id", series.id);
  io.field("purpose", series.purpose);
  io.field("planned", series.planned);
  io.field("ended_by", series.ended_by);
  io.field("ended_why", series.ended_why);
  io.field("sides", series.sides);
  io.field("comparison", series.comparison);
  io.field("runs", series.runs);
}

}  // namespace wsdeep::load
