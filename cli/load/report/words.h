#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "load/report/limit_search.h"
#include "load/report/result.h"
#include "load/report/series.h"

/// The words that stand for enumerators in the files that programs read. Private to report/.
namespace wsdeep::load {

template <class Enum>
struct FileWord {
  Enum value;
  std::string_view word;
};

template <class Enum>
struct FileWords;

template <>
struct FileWords<Plane> {
  static constexpr std::array<FileWord<Plane>, 2> kAll = {{{Plane::kChat, "chat"}, {Plane::kLlm, "llm"}}};
};

template <>
struct FileWords<TurnEnd> {
  static constexpr std::array<FileWord<TurnEnd>, 6> kAll = {{{TurnEnd::kCompleted, "completed"},
                                                             {TurnEnd::kRefused, "refused"},
                                                             {TurnEnd::kFailed, "failed"},
                                                             {TurnEnd::kTruncated, "truncated"},
                                                             {TurnEnd::kCancelled, "cancelled"},
                                                             {TurnEnd::kUnfinished, "unfinished"}}};
};

template <>
struct FileWords<TokenCount> {
  static constexpr std::array<FileWord<TokenCount>, 4> kAll = {{{TokenCount::kNone, "none"},
                                                                {TokenCount::kUsage, "usage"},
                                                                {TokenCount::kNode, "node"},
                                                                {TokenCount::kEstimated, "estimated"}}};
};

template <>
struct FileWords<ItlLetter> {
  static constexpr std::array<FileWord<ItlLetter>, 3> kAll = {
      {{ItlLetter::kExact, "A"}, {ItlLetter::kCountOnly, "B"}, {ItlLetter::kNothing, "C"}}};
};

template <>
struct FileWords<Arrivals> {
  static constexpr std::array<FileWord<Arrivals>, 4> kAll = {{{Arrivals::kConstant, "constant"},
                                                              {Arrivals::kPoisson, "poisson"},
                                                              {Arrivals::kPoissonFixedN, "poisson-fixed-n"},
                                                              {Arrivals::kGamma, "gamma"}}};
};

template <>
struct FileWords<EndedBy> {
  static constexpr std::array<FileWord<EndedBy>, 5> kAll = {{{EndedBy::kSchedule, "schedule"},
                                                             {EndedBy::kAbortRule, "abort_rule"},
                                                             {EndedBy::kInterrupt, "interrupt"},
                                                             {EndedBy::kFault, "fault"},
                                                             {EndedBy::kWorkerLost, "worker_lost"}}};
};

template <>
struct FileWords<Validity> {
  static constexpr std::array<FileWord<Validity>, 3> kAll = {
      {{Validity::kValid, "valid"}, {Validity::kInvalid, "invalid"}, {Validity::kInconclusive, "inconclusive"}}};
};

template <>
struct FileWords<Judgement> {
  static constexpr std::array<FileWord<Judgement>, 3> kAll = {
      {{Judgement::kMet, "met"}, {Judgement::kMissed, "missed"}, {Judgement::kUndecided, "undecided"}}};
};

template <>
struct FileWords<Finding> {
  static constexpr std::array<FileWord<Finding>, 4> kAll = {{{Finding::kNoDifference, "no_difference"},
                                                             {Finding::kBetter, "better"},
                                                             {Finding::kWorse, "worse"},
                                                             {Finding::kUndecided, "undecided"}}};
};

template <>
struct FileWords<SeriesPurpose> {
  static constexpr std::array<FileWord<SeriesPurpose>, 4> kAll = {{{SeriesPurpose::kRepeat, "repeat"},
                                                                   {SeriesPurpose::kAgainst, "against"},
                                                                   {SeriesPurpose::kSameTarget, "a_a"},
                                                                   {SeriesPurpose::kFiles, "files"}}};
};

template <>
struct FileWords<LoadAxis> {
  static constexpr std::array<FileWord<LoadAxis>, 2> kAll = {{{LoadAxis::kRate, "rate"}, {LoadAxis::kUsers, "users"}}};
};

template <>
struct FileWords<TriedFor> {
  static constexpr std::array<FileWord<TriedFor>, 6> kAll = {{{TriedFor::kFirst, "first"},
                                                              {TriedFor::kDoubling, "doubling"},
                                                              {TriedFor::kHalving, "halving"},
                                                              {TriedFor::kBisection, "bisection"},
                                                              {TriedFor::kConfirmation, "confirmation"},
                                                              {TriedFor::kSweep, "sweep"}}};
};

template <>
struct FileWords<PointJudgement> {
  static constexpr std::array<FileWord<PointJudgement>, 4> kAll = {{{PointJudgement::kPassed, "passed"},
                                                                    {PointJudgement::kFailed, "failed"},
                                                                    {PointJudgement::kUndecided, "undecided"},
                                                                    {PointJudgement::kInvalid, "invalid"}}};
};

template <>
struct FileWords<SearchEnd> {
  static constexpr std::array<FileWord<SearchEnd>, 8> kAll = {{{SearchEnd::kFound, "found"},
                                                               {SearchEnd::kAtCap, "cap"},
                                                               {SearchEnd::kToolLimit, "tool_limit"},
                                                               {SearchEnd::kBudget, "budget"},
                                                               {SearchEnd::kLeastFails, "least_fails"},
                                                               {SearchEnd::kInterrupted, "interrupt"},
                                                               {SearchEnd::kFault, "fault"},
                                                               {SearchEnd::kSwept, "swept"}}};
};

template <class Enum>
constexpr std::string_view file_word(Enum value) {
  for (const auto& one : FileWords<Enum>::kAll)
    if (one.value == value) return one.word;
  return {};
}

template <class Enum>
constexpr std::optional<Enum> value_of_word(std::string_view word) {
  for (const auto& one : FileWords<Enum>::kAll)
    if (one.word == word) return one.value;
  return std::nullopt;
}

/// The shares at which files say percentiles.
inline constexpr std::array<double, 6> kFileShares = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

}  // namespace wsdeep::load
