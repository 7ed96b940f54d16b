#include "lab/session_records.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace wsdeep::lab {
namespace {

constexpr int kRunningLifeSeconds = 172'800;  // each save begins it anew
constexpr int kEndedLifeSeconds = 3600;       // long enough to tell the owner

using RecordFields = std::map<std::string, std::string, std::less<>>;

std::int64_t number_of(const RecordFields& fields, std::string_view name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return 0;
  return parse_integer(found->second, 0, std::numeric_limits<std::int64_t>::max()).value_or(0);
}

std::string text_of_field(const RecordFields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

SessionRecord record_of(const std::string& id, const RecordFields& fields) {
  SessionRecord record;
  record.id = id;
  record.owner = text_of_field(fields, "owner");
  record.server = text_of_field(fields, "server");
  record.image = text_of_field(fields, "image");
  record.created = number_of(fields, "created");
  record.last_use = number_of(fields, "lastUse");
  record.idle_end = number_of(fields, "idleEnd");
  record.cols = static_cast<int>(number_of(fields, "cols"));
  record.rows = static_cast<int>(number_of(fields, "rows"));
  record.ended = text_of_field(fields, "state") != "running";
  record.end_reason = text_of_field(fields, "endReason");
  record.exit_code = static_cast<int>(number_of(fields, "exitCode"));
  return record;
}

}  // namespace

void SessionRecords::save(const SessionRecord& record) {
  const std::string name = key("session", record.id);
  const int life = record.ended ? kEndedLifeSeconds : kRunningLifeSeconds;
  link_.ask_together({{"HSET",      name,
                       "owner",     record.owner,
                       "server",    record.server,
                       "image",     record.image,
                       "created",   std::to_string(record.created),
                       "lastUse",   std::to_string(record.last_use),
                       "idleEnd",   std::to_string(record.idle_end),
                       "cols",      std::to_string(record.cols),
                       "rows",      std::to_string(record.rows),
                       "state",     record.ended ? "ended" : "running",
                       "endReason", record.end_reason,
                       "exitCode",  std::to_string(record.exit_code)},
                      {"EXPIRE", name, std::to_string(life)}});
  list(record, epoch_seconds(std::chrono::system_clock::now()), life);
}

/// Those that run are forgotten last, and so never make room for others that have ended.
void SessionRecords::list(const SessionRecord& record, std::int64_t now, int life) {
  const std::string name = key("sessions", record.owner);
  link_.ask_together({{"ZADD", name, std::to_string(now + life), record.id},
                      {"ZREMRANGEBYSCORE", name, "-inf", std::to_string(now)},
                      {"ZREMRANGEBYRANK", name, "0", std::to_string(-kMostListed - 1)},
                      {"EXPIRE", name, std::to_string(kRunningLifeSeconds)}});
}

void SessionRecords::remove(const SessionRecord& record) {
  link_.ask({"ZREM", key("sessions", record.owner), record.id});
  link_.ask({"DEL", key("session", record.id)});
}

std::optional<SessionRecord> SessionRecords::load(const std::string& id) {
  const RedisReply reply = link_.ask({"HGETALL", key("session", id)});
  RecordFields fields;
  for (std::size_t at = 0; at + 1 < reply.list.size(); at += 2) fields[reply.list[at].text] = reply.list[at + 1].text;
  if (fields.empty()) return std::nullopt;
  SessionRecord record = record_of(id, fields);
  if (record.ended || record.server == self_ || link_.ask({"EXISTS", key("server", record.server)}).integer != 0)
    return record;
  record.ended = true;
  record.end_reason = "server lost";
  save(record);
  return record;
}

std::vector<SessionRecord> SessionRecords::of_owner(const std::string& owner) {
  std::vector<SessionRecord> records;
  const std::string name = key("sessions", owner);
  for (const RedisReply& member : link_.ask({"ZREVRANGE", name, "0", std::to_string(kMostListed - 1)}).list)
    if (auto record = load(member.text); record && record->owner == owner) records.push_back(std::move(*record));
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return records;
}

void SessionRecords::renew_self() {
  link_.ask({"SET", key("server", self_), "1", "EX", std::to_string(kServerLifeSeconds)});
}

}  // namespace wsdeep::lab
