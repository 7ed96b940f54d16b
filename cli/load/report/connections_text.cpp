#include "load/report/connections_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/printable.h"

namespace wsdeep::load {
namespace {

std::string moment_text(Micros time) {
  return time_text(static_cast<double>(time));
}

/// `http 429 12, timed out 1`
std::string failures_text(const std::map<std::string, std::uint64_t>& failed) {
  std::string words;
  for (const auto& [reason, count] : failed)
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", printable(reason), count_text(count));
  return words;
}

/// `p50 1.90s, p99 4.10s, at most 4.20s`; what counts as the same as the largest is not shown as larger.
std::string spread_text(const Histogram& times) {
  const auto at = [&times](double share) { return moment_text(std::min(times.quantile(share), times.max())); };
  return fmt::format("p50 {}, p99 {}, at most {}", at(0.5), at(0.99), moment_text(times.max()));
}

void add_opening(Facts& facts, const ConnectionFigures& figures) {
  std::string words =
      fmt::format("{} of {} at the first attempt", count_text(figures.opened), count_text(figures.sessions));
  if (!figures.failed.empty()) words += "; " + failures_text(figures.failed);
  if (figures.opened_again > 0) words += fmt::format("; {} times again after a loss", count_text(figures.opened_again));
  facts.emplace_back("opened", words);
  const std::string full = figures.full_after
                               ? fmt::format("all open {} after the first was due", moment_text(*figures.full_after))
                               : "they never were all open at once";
  facts.emplace_back("full", fmt::format("{}; {} open at most, {} opened within a second", full,
                                         count_text(figures.peak_open), count_text(figures.most_opened_in_a_second)));
}

/// What a close code says (RFC 6455 §7.4.1).
std::string_view meaning_of(int close_code) {
  switch (close_code) {
    case 1000:
      return ": normal";
    case 1001:
      return ": going away, as API Gateway ends idle and old ones";
    case 1006:
      return ": broken, or silent for too long";
    case 1008:
      return ": against the server's policy";
    case 1009:
      return ": a message too long";
    case 1011:
      return ": the server's error";
    default:
      return "";
  }
}

void add_own_ends(Facts& facts, const ConnectionFigures& figures) {
  if (!figures.lifetimes.empty()) facts.emplace_back("lifetimes", spread_text(figures.lifetimes));
  for (const OwnEnd& end : figures.own_ends)
    facts.emplace_back(
        "ended", fmt::format("{} by themselves, {} to {} into the run, after {}: {}{}", count_text(end.connections),
                             moment_text(end.first), moment_text(end.last), spread_text(end.lifetimes),
                             printable(end.why), meaning_of(end.close_code)));
}

std::string turns_text(const StormTurns& turns) {
  const std::uint64_t open = turns.under_way - turns.answered - turns.lost;
  std::string words = fmt::format("of {} questions under way {} were answered and {} lost", count_text(turns.under_way),
                                  count_text(turns.answered), count_text(turns.lost));
  if (open > 0) words += fmt::format(" ({} had not ended when the run did)", count_text(open));
  return words;
}

void add_storm(Facts& facts, std::size_t number, const Storm& storm) {
  std::string words =
      fmt::format("at {}: {} lost, {} back", moment_text(storm.at), count_text(storm.lost), count_text(storm.back));
  if (!storm.back_after.empty()) words += ": " + spread_text(storm.back_after);
  if (!storm.all_back && storm.lost > 0) words += "; the others had not come back when the run ended";
  words +=
      fmt::format("; {} attempts, {} within a second", count_text(storm.attempts), count_text(storm.most_in_a_second));
  if (!storm.failed.empty()) words += "; " + failures_text(storm.failed);
  if (storm.resumed > 0) words += fmt::format("; {} chats taken up again", count_text(storm.resumed));
  if (storm.turns.under_way > 0) words += "; " + turns_text(storm.turns);
  facts.emplace_back(fmt::format("storm {}", number), words);
}

}  // namespace

Facts held_session_facts(const ConnectionFigures& figures) {
  Facts facts;
  add_opening(facts, figures);
  add_own_ends(facts, figures);
  for (std::size_t i = 0; i < figures.storms.size(); ++i) add_storm(facts, i + 1, figures.storms[i]);
  return facts;
}

void tell_held_sessions(Page& page, const ConnectionFigures& figures) {
  page.heading("SESSIONS");
  page.say(held_session_facts(figures));
}

}  // namespace wsdeep::load
