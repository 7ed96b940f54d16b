#pragma once

#include "load/measure/summary.h"
#include "load/report/cost_figures.h"
#include "load/report/fields_of.h"

/// The fields of what a run used and cost, as result_fields.h has them. Private to report/.
namespace wsdeep::load {

template <class Io>
void describe(Io& io, FieldsOf<Io, CountRange> range) {
  io.field("least", range.least);
  io.field("most", range.most);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, DoorUse> door) {
  io.field("messages_sent", door.messages_sent);
  io.field("messages_received", door.messages_received);
  io.field("questions", door.questions);
  io.field("accepted", door.accepted);
  io.field("answered", door.answered);
  io.field("route_us", door.route_us);
  io.field("generate_us", door.generate_us);
  io.field("stored_kb", door.stored_kb);
  io.field("read_4kb", door.read_4kb);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ConnectionUse> use) {
  io.field("open_us", use.open_us);
  io.field("opened", use.opened);
  io.field("closed", use.closed);
  io.field("upgrade_us", use.upgrade_us);
  io.field("messages", use.messages);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, CoalescingCase> one) {
  io.field("window_us", one.window);
  io.field("present", one.present);
  io.field("turns", one.turns);
  io.field("frames", one.frames);
  io.derived("frames_per_turn", one.frames_per_turn());
  io.field("delay", one.delay);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, CostItem> item) {
  io.field("name", item.name);
  io.field("least", item.least);
  io.field("most", item.most);
  io.field("usd_per_unit", item.usd_per_unit);
  io.field("price", item.price);
  io.derived("least_usd", item.least_usd());
  io.derived("most_usd", item.most_usd());
}

template <class Io>
void describe(Io& io, FieldsOf<Io, CostFigures> cost) {
  io.field("region", cost.region);
  io.field("as_of", cost.as_of);
  io.field("items", cost.items);
  io.field("unknown", cost.unknown);
  io.field("good_tokens", cost.good_tokens);
  io.field("all_tokens", cost.all_tokens);
  io.derived("least_usd", cost.least_usd());
  io.derived("most_usd", cost.most_usd());
  io.derived("least_usd_per_mtok", cost.least_per_mtok());
  io.derived("most_usd_per_mtok", cost.most_per_mtok());
}

}  // namespace wsdeep::load
