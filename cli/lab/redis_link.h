#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/blocking_stream.h"

namespace wsdeep::lab {

struct RedisOptions {
  std::string url = "redis://127.0.0.1:6379";  ///< redis:// or, over TLS, rediss://; with /N: database N. No password.
  std::string user;                            ///< of an ACL; empty: the default user
  std::function<std::string()> password;       ///< gives it for a connection; null: no AUTH
  std::string ca_file;                         ///< PEM to trust besides the system's
  std::chrono::milliseconds timeout{800};      ///< of connecting, and of each command
  int cancel_fd = -1;                          ///< as of net::BlockingStreamCall
};

/// Where a URL of Redis leads. Throws Error{kUsage} with what is wrong with it.
struct RedisPlace {
  std::string host;
  std::uint16_t port = 6379;
  bool tls = false;
  int database = 0;
};
RedisPlace parse_redis_url(const std::string& url);

struct RedisReply {
  enum class Kind { kText, kInteger, kList, kNothing };
  Kind kind = Kind::kNothing;
  std::string text;
  std::int64_t integer = 0;
  std::vector<RedisReply> list;
};

/// A connection to Redis, for one thread. The protocol is hiredis's (its formatter and reader), the transport ours: the
/// distribution's hiredis has no TLS and no deadline for a reply as a whole.
class RedisLink {
 public:
  /// Connects and signs in; throws Error{kFailure}, in which no password stands.
  explicit RedisLink(const RedisOptions& options);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  using Words = std::vector<std::string>;

  /// Sends a command and waits for its reply. An error that Redis answers is an Error{kRefused} with its words, after
  /// which the link is as good as before; any other failure is kFailure, and the link is of no use. Such a failure is
  /// also an answer of a server that cannot serve now, or is not the one to ask any more (READONLY after a failover).
  RedisReply ask(const Words& words);
  /// All of them or, when that fails, none (MULTI). Fails as `ask` does.
  void ask_together(const std::vector<Words>& commands);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::lab
