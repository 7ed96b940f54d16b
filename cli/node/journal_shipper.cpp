#include "node/journal_shipper.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace wsdeep::node {
namespace {

std::vector<aws::LogLine> in_order(const std::vector<JournalEntry>& batch) {
  std::vector<aws::LogLine> lines;
  lines.reserve(batch.size());
  for (const JournalEntry& entry : batch) lines.push_back({entry.timestamp_ms, entry.message});
  std::stable_sort(lines.begin(), lines.end(),
                   [](const aws::LogLine& a, const aws::LogLine& b) { return a.timestamp < b.timestamp; });
  return lines;
}

/// What no repetition makes right. Rights and keys may still come, or be renewed.
bool is_final(const aws::ServiceError& error) {
  return error.code() == "InvalidParameterException" || error.code() == "ValidationException" ||
         error.code() == "SerializationException";
}

}  // namespace

JournalShipper::JournalShipper(aws::Logs& logs, ShipperOptions options, SaveCursor save)
    : logs_(logs), options_(std::move(options)), save_(std::move(save)) {}

void JournalShipper::run(JournalQueue& queue) {
  for (;;) {
    const std::vector<JournalEntry> batch = queue.take(options_.linger);
    if (batch.empty() || !send(batch, queue)) return;
    if (!batch.back().cursor.empty()) save_(batch.back().cursor);
  }
}

/// False when it was given up because nothing comes any more, and nobody waits for the rest.
bool JournalShipper::send(const std::vector<JournalEntry>& batch, JournalQueue& queue) {
  const std::vector<aws::LogLine> lines = in_order(batch);
  std::chrono::milliseconds wait = options_.first_wait;
  while (attempt(lines) == Outcome::kAgain) {
    if (queue.closed_within(wait)) return attempt(lines) != Outcome::kAgain;
    wait = std::min(wait * 2, options_.longest_wait);
  }
  return true;
}

JournalShipper::Outcome JournalShipper::attempt(const std::vector<aws::LogLine>& lines) {
  try {
    put(lines);
    note({}, {});
    return Outcome::kSent;
  } catch (const aws::ServiceError& error) {
    note(error.code(), error.what());
    return is_final(error) ? Outcome::kRefused : Outcome::kAgain;
  } catch (const std::exception& error) {
    note("no answer", error.what());
    return Outcome::kAgain;
  }
}

void JournalShipper::put(const std::vector<aws::LogLine>& lines) {
  try {
    logs_.put_log_events(options_.group, options_.stream, lines);
  } catch (const aws::ServiceError& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    logs_.create_log_stream(options_.group, options_.stream);
    logs_.put_log_events(options_.group, options_.stream, lines);
  }
}

void JournalShipper::note(const std::string& fault, const std::string& words) {
  if (std::exchange(fault_, fault) == fault) return;
  if (fault.empty())
    log_info("CloudWatch takes the journal again", {{"group", options_.group}});
  else
    log_warn("the journal does not reach CloudWatch; it is kept here, and the oldest lines go when it grows too long",
             {{"group", options_.group}, {"cause", words}});
}

}  // namespace wsdeep::node
