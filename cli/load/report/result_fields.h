#pragma once

#include <string>
#include <string_view>

#include "load/measure/levels.h"
#include "load/report/cost_fields.h"
#include "load/report/fields_of.h"
#include "load/report/result.h"

/// The fields of a result's JSON: one table that is gone through to write them and to read them, so that neither can
/// forget what the other knows. `Io` is JsonOut or JsonIn; `added` are fields that files of the first version have not,
/// `derived` is what only the writer says, for those who read the file with other tools. Private to report/.
namespace wsdeep::load {

template <class Io>
void describe(Io& io, FieldsOf<Io, Stage> stage) {
  io.field("name", stage.name);
  io.field("duration_us", stage.duration);
  io.field("rate_from_per_s", stage.rate_from);
  io.field("rate_to_per_s", stage.rate_to);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, LoadShape> shape) {
  io.field("arrivals", shape.arrivals);
  io.field("burstiness", shape.burstiness);
  io.field("stages", shape.stages);
  io.field("requests", shape.requests);
  io.field("concurrency", shape.concurrency);
  io.field("think_us", shape.think);
  io.field("duration_us", shape.duration);
  io.digits("seed", shape.seed);
  io.field("cancel_share", shape.cancel_share);
  io.field("cancel_after_us", shape.cancel_after);
  io.field("trace", shape.trace);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Tally> tally) {
  io.field("attempts", tally.attempts);
  io.field("good", tally.good);
  io.field("slow", tally.slow);
  io.field("refused", tally.refused);
  io.field("failed", tally.failed);
  io.field("truncated", tally.truncated);
  io.field("cancelled", tally.cancelled);
  io.field("unfinished", tally.unfinished);
  io.field("reasons", tally.reasons);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ItlBounds::Bound> bound) {
  io.field("share", bound.share);
  io.field("low_us", bound.low);
  io.field("high_us", bound.high);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ItlBounds> bounds) {
  io.field("mean_us", bounds.mean_us);
  io.field("percentiles", bounds.bounds);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Slice> slice) {
  io.field("name", slice.name);
  io.field("from_us", slice.from);
  io.field("to_us", slice.to);
  io.field("intended_rate_per_s", slice.intended_rate);
  io.field("sent_rate_per_s", slice.sent_rate);
  io.field("tally", slice.tally);
  io.derived("good_share", slice.good_share());
  io.field("goodput_per_s", slice.goodput);
  io.field("metrics", slice.metrics);
  io.field("itl_letter", slice.itl);
  io.field("itl_bounds", slice.itl_bounds);
  io.field("no_answer", slice.no_answer);
  io.field("tokens_counted_by", slice.counted_by);
  io.field("token_counts_mixed", slice.counts_mixed);
  io.field("output_tokens_per_s", slice.output_rate);
  io.field("output_tokens", slice.output_tokens);
  io.added("good_output_tokens", slice.good_output_tokens);
  io.field("reasoning_tokens", slice.reasoning_tokens);
  io.field("prompt_tokens", slice.prompt_tokens);
  io.field("cached_share", slice.cached_share);
  io.field("wasted_tokens", slice.wasted_tokens);
  io.field("stalls", slice.stalls);
  io.field("stalled_turns", slice.stalled_turns);
  io.field("longest_stall_us", slice.longest_stall);
  io.field("mean_in_flight", slice.mean_in_flight);
  io.field("gaps", slice.gaps);
  io.field("repeats", slice.repeats);
  io.field("disorders", slice.disorders);
  io.field("restarts", slice.restarts);
  io.field("bytes_sent", slice.bytes_sent);
  io.field("bytes_received", slice.bytes_received);
  io.field("billed_messages", slice.billed_messages);
  io.added("front_door", slice.door);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, NodeBalance::KvEffect> effect) {
  io.field("moved_minus_kept_us", effect.moved_minus_kept_us);
  io.field("standard_error_us", effect.standard_error_us);
  io.field("turns", effect.turns);
  io.field("us_per_uncached_ktoken", effect.us_per_uncached_ktoken);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, NodeBalance> balance) {
  io.field("stickiness_share", balance.stickiness);
  io.field("followed", balance.followed);
  io.field("skew", balance.skew);
  io.field("kv_effect", balance.kv);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, LittleCheck> little) {
  io.field("in_flight", little.in_flight);
  io.field("rate_times_time", little.rate_times_time);
  io.field("residual_share", little.residual);
  io.field("allowance_share", little.allowance);
  io.derived("holds", little.holds());
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Quantile> quantile) {
  io.field("value_us", quantile.value);
  io.field("more_than", quantile.more_than);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Second> second) {
  io.field("at_s", second.at);
  io.field("intended", second.intended);
  io.field("sent", second.sent);
  io.field("ended", second.ended);
  io.field("bad", second.bad);
  io.field("tokens", second.tokens);
  io.field("ttft_p50", second.ttft_p50);
  io.field("ttft_p99", second.ttft_p99);
  io.field("in_flight", second.in_flight);
  io.field("done", second.done);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, NodeSpan> node) {
  io.field("node", node.node);
  io.field("attempts", node.attempts);
  io.field("ttft_p50", node.ttft_p50);
  io.field("ttft_p99", node.ttft_p99);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Span> span) {
  io.field("from_us", span.from);
  io.field("to_us", span.to);
  io.field("slow", span.slow);
  io.field("reasons", span.reasons);
  io.field("nodes", span.nodes);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, LevelResult> result) {
  io.level("level", result.level);
  const std::string unit(unit_of(result.level.what));
  io.derived("limit" + unit, result.level.limit);
  io.field("value" + unit, result.value);
  io.field("more_than", result.more_than);
  io.field("where", result.where);
  io.field("judgement", result.judgement);
  io.field("why", result.why);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, WarmUp> warm_up) {
  io.field("cut_us", warm_up.cut);
  io.field("found", warm_up.found);
  io.field("steady", warm_up.steady);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Summary> summary) {
  io.field("warm_up", summary.warm_up);
  io.field("levels", summary.levels);
  io.field("whole", summary.whole);
  io.field("stages", summary.stages);
  io.field("nodes", summary.nodes);
  io.field("outside", summary.outside);
  io.field("balance", summary.balance);
  io.field("little", summary.little);
  io.field("close_codes", summary.close_codes);
  io.field("connections_opened", summary.connections_opened);
  io.field("connections_failed", summary.connections_failed);
  io.added("connection_use", summary.connection_use);
  io.added("coalescing", summary.coalescing);
  io.field("seconds", summary.seconds);
  io.field("spans", summary.spans);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, StormTurns> turns) {
  io.field("under_way", turns.under_way);
  io.field("answered", turns.answered);
  io.field("lost", turns.lost);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Storm> storm) {
  io.field("at_us", storm.at);
  io.field("turns", storm.turns);
  io.field("lost", storm.lost);
  io.field("back", storm.back);
  io.field("resumed", storm.resumed);
  io.field("all_back_us", storm.all_back);
  io.field("back_after", storm.back_after);
  io.field("attempts", storm.attempts);
  io.field("most_in_a_second", storm.most_in_a_second);
  io.field("failed", storm.failed);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, OwnEnd> end) {
  io.field("close_code", end.close_code);
  io.field("why", end.why);
  io.field("connections", end.connections);
  io.field("first_us", end.first);
  io.field("last_us", end.last);
  io.field("lifetimes", end.lifetimes);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ConnectionFigures> figures) {
  io.field("sessions", figures.sessions);
  io.field("opened", figures.opened);
  io.field("failed", figures.failed);
  io.field("opened_again", figures.opened_again);
  io.field("peak_open", figures.peak_open);
  io.field("full_after_us", figures.full_after);
  io.field("most_opened_in_a_second", figures.most_opened_in_a_second);
  io.field("lifetimes", figures.lifetimes);
  io.field("own_ends", figures.own_ends);
  io.field("storms", figures.storms);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, EngineFigure> figure) {
  io.field("name", figure.name);
  io.field("counts_up", figure.counts_up);
  io.field("first", figure.first);
  io.field("last", figure.last);
  io.field("peak", figure.peak);
  io.field("mean", figure.mean);
  io.field("readings", figure.readings);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, EngineFigures> engine) {
  io.field("url", engine.url);
  io.field("node", engine.node);
  io.field("engine", engine.engine);
  io.field("version", engine.version);
  io.field("asked", engine.asked);
  io.field("failed", engine.failed);
  io.field("fault", engine.fault);
  io.field("drain_seen", engine.drain_seen);
  io.field("figures", engine.figures);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Estimate> estimate) {
  io.field("value_us", estimate.value);
  io.field("half_width_us", estimate.half_width);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, BatchMeans> means) {
  io.field("mean", means.mean);
  io.field("median", means.median);
  io.field("batches", means.batches);
  io.field("n_eff", means.n_eff);
  io.field("no_interval", means.no_interval);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, PartFigures> part) {
  io.field("chat_us", part.chat_us);
  io.field("llm_us", part.llm_us);
  io.field("difference", part.difference);
  io.field("clock_error_us", part.clock_error_us);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, ClockOffset> clock) {
  io.field("node", clock.node);
  io.field("offset_us", clock.offset);
  io.field("error_us", clock.error);
  io.field("samples", clock.samples);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, PairedFigures> pairs) {
  io.field("pairs", pairs.pairs);
  io.field("both", pairs.both);
  io.field("only_chat", pairs.only_chat);
  io.field("only_llm", pairs.only_llm);
  io.field("chat_faults", pairs.chat_faults);
  io.field("llm_faults", pairs.llm_faults);
  io.field("chat_ttft", pairs.chat_ttft);
  io.field("llm_ttft", pairs.llm_ttft);
  io.field("difference", pairs.difference);
  io.field("difference_p90_us", pairs.p90_us);
  io.field("difference_p99_us", pairs.p99_us);
  io.field("with_parts", pairs.with_parts);
  io.field("send_lag", pairs.parts[0]);
  io.field("ack", pairs.parts[1]);
  io.field("hand_over", pairs.parts[2]);
  io.field("node", pairs.parts[3]);
  io.field("post_back", pairs.parts[4]);
  io.field("chat_not_split", pairs.chat_not_split);
  io.field("llm_not_split", pairs.llm_not_split);
  io.field("clocks", pairs.clocks);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, CancelFigures> cancels) {
  io.field("cancelled", cancels.cancelled);
  io.field("known", cancels.known);
  io.field("resolution_us", cancels.resolution);
  io.field("slot_seconds", cancels.slot_seconds);
  io.field("fault", cancels.fault);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, SessionFigures> sessions) {
  io.field("opened", sessions.opened);
  io.field("failed", sessions.failed);
  io.field("opened_for_turns", sessions.opened_for_turns);
  io.field("lost", sessions.lost);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, DriverFigures> driver) {
  io.field("connections", driver.connections);
  io.field("pairs", driver.pairs);
  io.field("cancels", driver.cancels);
  io.field("sessions", driver.sessions);
  io.field("engines", driver.engines);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Pacing> pacing) {
  io.field("planned", pacing.planned);
  io.field("begun", pacing.begun);
  io.field("late", pacing.late);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Signal> signal) {
  io.field("name", signal.name);
  io.field("value", signal.value);
  io.field("limit", signal.limit);
  io.field("broken", signal.broken);
  io.field("advice", signal.advice);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Verdict> verdict) {
  io.field("validity", verdict.validity);
  io.field("reasons", verdict.reasons);
  io.field("signals", verdict.signals);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, MergedWorker> worker) {
  io.field("worker", worker.worker);
  io.field("missing", worker.missing);
  io.field("planned", worker.planned);
  io.field("begun", worker.begun);
  io.field("clock_error_us", worker.clock_error);
  io.field("clock_known_by", worker.clock_known_by);
  io.field("signals", worker.signals);
}

template <class Io>
void describe(Io& io, FieldsOf<Io, Result> result) {
  io.derived("schema", std::string(kResultSchema));
  io.field("id", result.id);
  io.field("kind", result.kind);
  io.field("target", result.target);
  io.field("version", result.version);
  io.field("started", result.started);
  io.field("ended_by", result.ended_by);
  io.field("ended_why", result.ended_why);
  io.field("prompts", result.prompts);
  io.field("load", result.shape);
  io.field("verdict", result.verdict);
  io.field("pacing", result.pacing);
  io.field("measured", result.summary);
  io.field("driver", result.driver);
  io.field("workers", result.workers);
  io.added("cost", result.cost);
}

}  // namespace wsdeep::load
