#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab/keeper.h"
#include "lab/push_client.h"
#include "lab/redis_thread.h"
#include "lab/session.h"

namespace wsdeep::lab {

struct SessionsOptions {
  RedisOptions redis;
  PushOptions push;
  SessionTimes times;
  std::string key_prefix = "wsdeep:lab:";
  std::vector<std::string> images;  ///< as of JailOptions
  int most = 20;
  int most_of_owner = 3;
};

/// All sessions: those that run here, and what Redis knows of them and of others. On one loop. While Redis is away
/// sessions go on, and are written down when it is back.
class Sessions {
 public:
  struct Created {
    int status = 201;  ///< of HTTP; with any other, `fault` says why there is no session
    std::string fault;
    SessionRecord record;
  };
  using OnCreated = std::function<void(const Created&)>;
  /// `fault`: Redis could not tell, and it does not run here.
  using OnFound = std::function<void(const std::string& fault, const std::optional<SessionRecord>& record)>;
  /// `fault`: Redis could not tell.
  using OnListed = std::function<void(const std::string& fault, const std::vector<SessionRecord>& records)>;

  /// `lost` is told when no sessions can be made any more.
  Sessions(net::EventLoop& loop, Keeper& keeper, SessionsOptions options, std::function<void()> lost);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// `image`: empty for the first.
  void create(const std::string& owner, const std::string& image, int cols, int rows, OnCreated done);
  void find(const std::string& id, OnFound done);
  void list(const std::string& owner, OnListed done);
  /// Its terminal is, or was, this server's.
  bool is_own(const SessionRecord& record) const;
  /// One that runs here; null for any other.
  std::shared_ptr<Session> running(const std::string& id) const;
  void drop_connection(const std::string& connection);
  /// Ends all, says so, and calls `done` within 0.8 s.
  void stop(std::function<void()> done);

  bool redis_is_up() const;
  std::size_t count() const;
  PushClient& pushes();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::lab
