#include "load/measure/paired.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace wsdeep::load {
namespace {

/// A part is told when the clocks' error is at most that share of it.
constexpr double kMostError = 0.1;

using Parts = std::array<double, kPairParts>;

/// A half with every part of its way, and how wrong the clocks may make two of them.
struct SplitHalf {
  Parts parts{};
  double error_us = 0;
};

double& part_in(Parts& parts, PairPart part) {
  return parts[static_cast<std::size_t>(part)];
}

/// Nothing when an instant is missing, or the node's clock is not known then.
std::optional<SplitHalf> split_half(const PairHalf& half, const ClockOffsets& clocks, Micros monotonic_zero) {
  if (!half.came() || half.send == kNever || !half.arrived_at || !half.first_token) return std::nullopt;
  const auto clock = clocks.at(half.node, half.send + monotonic_zero);
  if (!clock) return std::nullopt;
  const Micros acked = half.ack == kNever ? half.send : half.ack;
  const Micros arrived = *half.arrived_at - clock->offset - monotonic_zero;
  SplitHalf split;
  part_in(split.parts, PairPart::kSendLag) = static_cast<double>(half.send - half.intended);
  part_in(split.parts, PairPart::kAck) = static_cast<double>(acked - half.send);
  part_in(split.parts, PairPart::kHandOver) = static_cast<double>(arrived - acked);
  part_in(split.parts, PairPart::kNode) = static_cast<double>(*half.first_token);
  part_in(split.parts, PairPart::kPostBack) = static_cast<double>(half.first - arrived - *half.first_token);
  split.error_us = static_cast<double>(clock->error);
  return split;
}

bool needs_clocks(PairPart part) {
  return part == PairPart::kHandOver || part == PairPart::kPostBack;
}

/// The parts of the pairs that have them all, on both planes.
class SplitFold {
 public:
  void add(const SplitHalf& chat, const SplitHalf& llm) {
    ++count_;
    chat_error_ += chat.error_us;
    llm_error_ += llm.error_us;
    for (std::size_t i = 0; i < kPairParts; ++i) {
      chat_[i] += chat.parts[i];
      llm_[i] += llm.parts[i];
      differences_[i].push_back(chat.parts[i] - llm.parts[i]);
    }
  }
  void tell(PairedFigures& figures) const {
    figures.with_parts = count_;
    if (count_ == 0) return;
    for (std::size_t i = 0; i < kPairParts; ++i) {
      PartFigures& part = figures.parts[i];
      part.chat_us = mean(chat_[i]);
      part.llm_us = mean(llm_[i]);
      part.difference = batch_means(differences_[i]).mean;
      if (needs_clocks(static_cast<PairPart>(i))) part.clock_error_us = mean(std::max(chat_error_, llm_error_));
    }
    figures.chat_not_split = why_not_split(figures, &PartFigures::chat_us);
    figures.llm_not_split = why_not_split(figures, &PartFigures::llm_us);
  }

 private:
  double mean(double sum) const { return sum / static_cast<double>(count_); }

  /// Of the first part that the clocks do not allow.
  static std::string why_not_split(const PairedFigures& figures, double PartFigures::*plane) {
    for (const PairPart part : {PairPart::kHandOver, PairPart::kPostBack}) {
      const PartFigures& told = figures.of(part);
      if (told.clock_error_us > kMostError * std::abs(told.*plane))
        return fmt::format(
            "the clocks are known to ± {:.0f}us only, more than a tenth of a {} of {:.0f}us: hand-over and post-back "
            "are told together",
            told.clock_error_us, name_of(part), told.*plane);
    }
    return {};
  }

  std::uint64_t count_ = 0;
  double chat_error_ = 0;
  double llm_error_ = 0;
  Parts chat_{};
  Parts llm_{};
  std::array<std::vector<double>, kPairParts> differences_;
};

void count_half(const PairHalf& half, Distribution& ttft, std::map<std::string, std::uint64_t>& faults) {
  ++ttft.of;
  if (half.came())
    ttft.values.record(half.ttft());
  else
    ++faults[half.fault];
  if (half.age != kNever) ttft.censored.record(half.age);
}

/// At rank ⌈share·n⌉.
double quantile_of(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

std::string_view name_of(PairPart part) {
  switch (part) {
    case PairPart::kSendLag:
      return "send lag";
    case PairPart::kAck:
      return "ack";
    case PairPart::kHandOver:
      return "hand-over";
    case PairPart::kNode:
      return "node";
    case PairPart::kPostBack:
      return "post-back";
  }
  return "";
}

PairHalf half_of(const TurnRecord& record, Micros now) {
  PairHalf half;
  half.intended = record.intended;
  half.send = record.send;
  half.ack = record.ack;
  half.first = record.first;
  half.node = record.node;
  half.arrived_at = record.arrived_at;
  if (!record.token_offsets_us.empty()) half.first_token = record.token_offsets_us.front();
  if (half.came()) return half;
  half.fault = record.reason.empty() ? "no text" : record.reason;
  if (record.how == TurnEnd::kUnfinished) half.age = now - record.intended;
  return half;
}

PairedFigures paired_figures(const std::vector<Pair>& pairs, const ClockOffsets& clocks, Micros monotonic_zero) {
  PairedFigures figures;
  std::vector<double> differences;
  SplitFold split;
  for (const Pair& pair : pairs) {
    ++figures.pairs;
    count_half(pair.chat, figures.chat_ttft, figures.chat_faults);
    count_half(pair.llm, figures.llm_ttft, figures.llm_faults);
    figures.only_chat += pair.chat.came() && !pair.llm.came() ? 1 : 0;
    figures.only_llm += pair.llm.came() && !pair.chat.came() ? 1 : 0;
    if (!pair.chat.came() || !pair.llm.came()) continue;
    ++figures.both;
    differences.push_back(static_cast<double>(pair.chat.ttft() - pair.llm.ttft()));
    const auto chat = split_half(pair.chat, clocks, monotonic_zero);
    const auto llm = split_half(pair.llm, clocks, monotonic_zero);
    if (chat && llm) split.add(*chat, *llm);
  }
  figures.difference = batch_means(differences);
  figures.p90_us = quantile_of(differences, 0.9);
  figures.p99_us = quantile_of(differences, 0.99);
  split.tell(figures);
  figures.clocks = clocks.all();
  return figures;
}

}  // namespace wsdeep::load
