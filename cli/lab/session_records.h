#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lab/redis_link.h"

namespace wsdeep::lab {

/// What Redis knows of a session. Its terminal lives in the process of `server`.
struct SessionRecord {
  std::string id;
  std::string owner;   ///< the token's subject
  std::string server;  ///< the process that has the terminal
  std::string image;
  std::int64_t created = 0;  ///< epoch milliseconds, as the next two
  std::int64_t last_use = 0;
  std::int64_t idle_end = 0;  ///< when it ends, unless it is used before
  int cols = 0;
  int rows = 0;
  bool ended = false;
  std::string end_reason;  ///< `exit`, `idle`, `deleted`, `server stopped`, `server lost`
  int exit_code = 0;
};

/// Sessions in Redis: a hash for each; for each owner the newest kMostListed of his sessions, by the time when each is
/// forgotten, in epoch seconds; and a key for each server that lives for kServerLifeSeconds unless it is renewed. All
/// keys end by themselves. All throw as RedisLink does; any of them may be repeated.
class SessionRecords {
 public:
  static constexpr int kServerLifeSeconds = 20;
  static constexpr int kMostListed = 100;

  /// `self` is this server, which is there whatever Redis says.
  SessionRecords(RedisLink& link, std::string prefix, std::string self)
      : link_(link), prefix_(std::move(prefix)), self_(std::move(self)) {}

  void save(const SessionRecord& record);
  /// It never was.
  void remove(const SessionRecord& record);
  /// A session whose server is gone is told as one that ended, and saved so.
  std::optional<SessionRecord> load(const std::string& id);
  /// At most kMostListed, oldest first.
  std::vector<SessionRecord> of_owner(const std::string& owner);
  /// This server is there, for kServerLifeSeconds from now.
  void renew_self();

 private:
  void list(const SessionRecord& record, std::int64_t now, int life);
  std::string key(const char* kind, const std::string& name) const { return prefix_ + kind + ":" + name; }

  RedisLink& link_;
  const std::string prefix_;
  const std::string self_;
};

}  // namespace wsdeep::lab
