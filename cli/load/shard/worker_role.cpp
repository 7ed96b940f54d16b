#include "load/shard/worker_role.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "load/plan/salted_prompts.h"
#include "load/report/series.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::load {
namespace {

constexpr const char* kStartVariable = "WSDEEP_LOADTEST_START";
constexpr const char* kPlanVariable = "WSDEEP_LOADTEST_PLAN";
constexpr const char* kMeasureVariable = "WSDEEP_LOADTEST_MEASURE";
constexpr const char* kSideVariable = "WSDEEP_LOADTEST_SIDE";
constexpr const char* kShardVariable = "WSDEEP_LOADTEST_SHARD";

/// The words of a plan, by the names of their flags: one table to write and to read them.
template <class Io, class Options>
void describe_words(Io& io, Options& plan) {
  io.field("rate", plan.rate);
  io.field("arrivals", plan.arrivals);
  io.field("burstiness", plan.burstiness);
  io.field("stages", plan.stages);
  io.field("trace", plan.trace);
  io.field("time-scale", plan.time_scale);
  io.field("duration", plan.duration);
  io.field("requests", plan.requests);
  io.field("concurrency", plan.concurrency);
  io.field("think", plan.think);
  io.field("blocks", plan.blocks);
  io.field("cancel", plan.cancel);
  io.field("seed", plan.seed);
  io.field("prompt-tokens", plan.prompt_tokens);
  io.field("output-tokens", plan.output_tokens);
  io.field("prefix-tokens", plan.prefix_tokens);
  io.field("prefixes", plan.prefixes);
  io.field("turns", plan.turns);
  io.field("prompts", plan.prompts);
  io.field("sharegpt", plan.sharegpt);
  io.field("same-prompts", plan.same_prompts);
}

class PlanWordsOut {
 public:
  template <class Value>
  void field(std::string_view name, const std::optional<Value>& value) {
    if (value) object_.add(name, *value);
  }
  void field(std::string_view name, bool value) { object_.add(name, value); }
  /// As text: a seed may be larger than what JSON's numbers hold exactly.
  void field(std::string_view name, std::uint64_t value) { object_.add(name, std::to_string(value)); }
  std::string text() const { return object_.text(); }

 private:
  wire::JsonObject object_;
};

class PlanWordsIn {
 public:
  explicit PlanWordsIn(const wire::JsonFields& fields) : fields_(fields) {}

  void field(std::string_view name, std::optional<std::string>& value) { value = fields_.text_if(name); }
  void field(std::string_view name, std::optional<double>& value) { value = fields_.number_if(name); }
  void field(std::string_view name, std::optional<std::int64_t>& value) { value = fields_.integer_if(name); }
  void field(std::string_view name, bool& value) { value = fields_.boolean(name); }
  void field(std::string_view name, std::uint64_t& value) {
    const std::string text = fields_.text(name);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) fields_.fail(name, "expected digits");
  }

 private:
  const wire::JsonFields& fields_;
};

[[noreturn]] void refuse_variable(const char* name, std::string_view cause) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: {}", name, cause));
}

PlanOptions plan_in_words(const std::string& text) {
  try {
    const wire::Json document = wire::parse_json(text, "the plan");
    const wire::JsonFields fields(document);
    PlanWordsIn in(fields);
    PlanOptions plan;
    describe_words(in, plan);
    return plan;
  } catch (const Error& error) {
    refuse_variable(kPlanVariable, error.what());
  }
}

std::string words_of_measure(const MeasureWords& measure) {
  wire::JsonObject words;
  words.add("warm-up", measure.warm_up);
  words.add_json("slo", wire::json_strings(measure.levels));
  words.add_json("abort-on", wire::json_strings(measure.abort_rules));
  return words.text();
}

MeasureWords measure_in_words_of(const std::string& text) {
  try {
    const wire::Json document = wire::parse_json(text, "what is measured");
    const wire::JsonFields fields(document);
    return {fields.text("warm-up"), fields.texts("slo"), fields.texts("abort-on")};
  } catch (const Error& error) {
    refuse_variable(kMeasureVariable, error.what());
  }
}

WorkerShare share_in(const std::string& text) {
  const auto slash = text.find('/');
  const auto workers =
      slash == std::string::npos ? std::nullopt : parse_integer(text.substr(slash + 1), 1, kMaxWorkers);
  const auto worker = workers ? parse_integer(text.substr(0, slash), 0, *workers - 1) : std::nullopt;
  if (!worker) refuse_variable(kWorkerVariable, fmt::format("expected such as 3/8, got '{}'", text));
  return {static_cast<int>(*worker), static_cast<int>(*workers)};
}

int side_in(const std::string& text) {
  if (text != "A" && text != "B") refuse_variable(kSideVariable, fmt::format("expected A or B, got '{}'", text));
  return text == "A" ? 0 : 1;
}

SystemTime start_in(const std::string& text) {
  try {
    return parse_iso8601(text);
  } catch (const Error& error) {
    refuse_variable(kStartVariable, error.what());
  }
}

}  // namespace

std::string plan_words(const PlanOptions& plan) {
  PlanWordsOut words;
  describe_words(words, plan);
  return words.text();
}

std::map<std::string, std::string, std::less<>> worker_environment(const WorkersRun& run, int worker,
                                                                   const std::string& shard) {
  return {{kWorkerVariable, fmt::format("{}/{}", worker, run.workers)},
          {kStartVariable, iso8601_ms(run.start)},
          {kSaltVariable, run.run},
          {kPlanVariable, plan_words(run.plan)},
          {kMeasureVariable, words_of_measure(run.measure)},
          {kSideVariable, side_letter(run.side)},
          {kShardVariable, shard}};
}

std::optional<WorkerRole> worker_role(const Env& env) {
  const std::optional<std::string> worker = env.get(kWorkerVariable);
  if (!worker) return std::nullopt;
  WorkerRole role;
  role.share = share_in(*worker);
  role.start = start_in(env.require(kStartVariable));
  role.run = env.require(kSaltVariable);
  if (!is_run_name(role.run)) refuse_variable(kSaltVariable, "expected 16 hexadecimal digits");
  role.plan = plan_in_words(env.require(kPlanVariable));
  role.measure = measure_in_words_of(env.require(kMeasureVariable));
  role.side = side_in(env.require(kSideVariable));
  role.shard = env.require(kShardVariable);
  return role;
}

}  // namespace wsdeep::load
