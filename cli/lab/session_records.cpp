#include "lab/session_records.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/text.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostListed = 100;
constexpr const char* kRunningLife = "172800";  // seconds; each save begins it anew
constexpr const char* kEndedLife = "3600";      // long enough to tell the owner

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
  link_.ask({"HSET",      name,
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
             "exitCode",  std::to_string(record.exit_code)});
  link_.ask({"EXPIRE", name, record.ended ? kEndedLife : kRunningLife});
  link_.ask({"SADD", key("owner", record.owner), record.id});
  link_.ask({"EXPIRE", key("owner", record.owner), kRunningLife});
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
  for (const RedisReply& member : link_.ask({"SMEMBERS", key("owner", owner)}).list) {
    if (records.size() >= kMostListed) break;
    if (auto record = load(member.text); record && record->owner == owner)
      records.push_back(std::move(*record));
    else
      link_.ask({"SREM", key("owner", owner), member.text});
  }
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return records;
}

void SessionRecords::renew_self() {
  link_.ask({"SET", key("server", self_), "1", "EX", std::to_string(kServerLifeSeconds)});
}

}  // namespace wsdeep::lab
