#pragma once

#include <string>

#include "load/report/limit_search.h"
#include "load/report/result_fields.h"

/// The fields of a search's JSON, as result_fields.h has those of a result. Private to report/.
namespace wsdeep::load {

template <class Io>
void describe(Io& io, FieldsOf<Io, LevelShare> share) {
  io.field("level", share.level);
  io.field("beyond", share.beyond);
  io.field("of", share.of);
  io.field("allowed_share", share.allowed);
  io.field("low_share", share.low);
  io.field("high_share", share.high);
  io.field("clustered", share.clustered);
  io.field("judgement", share.judgement);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, LimitPoint> point) {
  io.field("load", point.load);
  io.field("tried_for", point.tried_for);
  io.field("judged", point.judged);
  io.field("why", point.why);
  io.field("levels", point.levels);
  io.field("runs", point.runs);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, NearLimit> near) {
  io.field("what", near.what);
  io.field("value", near.value);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, LimitSearch> search) {
  io.derived("schema", std::string(kLimitSchema));
  io.field("id", search.id);
  io.field("kind", search.kind);
  io.field("target", search.target);
  io.field("version", search.version);
  io.field("started", search.started);
  io.field("axis", search.axis);
  io.field("levels", search.levels);
  io.field("confidence_share", search.confidence);
  io.field("precision_share", search.precision);
  io.field("cap", search.cap);
  io.field("budget_us", search.budget);
  io.field("took_us", search.took);
  io.field("passes", search.passes);
  io.field("fails", search.fails);
  io.field("confirmed", search.confirmed);
  io.field("ended_by", search.ended_by);
  io.field("ended_why", search.ended_why);
  io.field("broke_first", search.broke_first);
  io.field("near_limit", search.near_limit);
  io.field("notes", search.notes);
  io.field("alone", search.alone);
  io.field("burst", search.burst);
  io.field("points", search.points);
}

}  // namespace wsdeep::load
