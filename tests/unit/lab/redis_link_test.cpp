#include "lab/redis_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "lab/redis_thread.h"
#include "lab/session_records.h"
#include "support/scripted_redis.h"

namespace wsdeep::lab {
namespace {

using testing::HasSubstr;

TEST(RedisUrl, LeadsToAPlace) {
  const RedisPlace plain = parse_redis_url("redis://cache");
  EXPECT_EQ(plain.host, "cache");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_FALSE(plain.tls);
  const RedisPlace whole = parse_redis_url("rediss://cache.example:6380/3");
  EXPECT_EQ(whole.port, 6380);
  EXPECT_TRUE(whole.tls);
  EXPECT_EQ(whole.database, 3);
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000").host, "::1");
}

std::string fault_of(const std::string& url) {
  try {
    parse_redis_url(url);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(RedisUrl, SaysWhatIsWrong) {
  EXPECT_THAT(fault_of("http://cache"), HasSubstr("redis://"));
  EXPECT_THAT(fault_of("redis://user:secret@cache"), HasSubstr("file"));
  EXPECT_THAT(fault_of("redis://user:secret@cache"), testing::Not(HasSubstr("secret")));
  EXPECT_THAT(fault_of("redis://cache/x"), HasSubstr("database"));
  EXPECT_THAT(fault_of("redis:///1"), HasSubstr("host"));
  EXPECT_NE(fault_of("redis://cache:99999"), "");
}

TEST(RedisLink, SaysWhyThereIsNone) {
  RedisOptions options;
  options.url = "redis://127.0.0.1:1";
  EXPECT_THROW(RedisLink{options}, Error);
}

/// Its kind, and what it says.
std::pair<ErrorKind, std::string> fault_of_asking(const std::string& reply) {
  const test::ScriptedRedis redis([&](int, const auto& command) { return command[0] == "PING" ? "+PONG\r\n" : reply; });
  RedisOptions options;
  options.url = redis.url();
  RedisLink link(options);
  try {
    link.ask({"SET", "a", "1"});
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {};
}

TEST(RedisLink, TellsAServerThatCannotServeFromAnAnswer) {
  for (const char* words :
       {"READONLY You can't write against a read only replica.", "LOADING Redis is loading",
        "MOVED 3999 127.0.0.1:6381", "CLUSTERDOWN The cluster is down", "MASTERDOWN Link is down"}) {
    const auto [kind, text] = fault_of_asking("-" + std::string(words) + "\r\n");
    EXPECT_EQ(kind, ErrorKind::kFailure) << words;
    EXPECT_THAT(text, HasSubstr(words));
  }
  EXPECT_EQ(fault_of_asking("-WRONGTYPE not a string\r\n").first, ErrorKind::kRefused);
  EXPECT_EQ(fault_of_asking("-OOM command not allowed\r\n").first, ErrorKind::kRefused);
}

TEST(RedisLink, NeverTellsThePassword) {
  const test::ScriptedRedis redis([](int, const auto& command) {
    return "-ERR unknown command '" + command[0] + "', with args beginning with: '" + command[1] + "'\r\n";
  });
  RedisOptions options;
  options.url = redis.url();
  options.password = [] { return std::string("the-password"); };
  try {
    const RedisLink link(options);
    FAIL() << "it was refused";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "Redis refuses AUTH: ERR");
  }
}

TEST(RedisLink, TellsWhatOfSeveralCommandsFailed) {
  const test::ScriptedRedis redis([&](int, const auto& command) -> std::string {
    if (command[0] == "PING") return "+PONG\r\n";
    if (command[0] == "MULTI") return "+OK\r\n";
    if (command[0] == "BAD") return "-ERR unknown command\r\n";
    if (command[0] == "EXEC") return "*2\r\n:1\r\n-WRONGTYPE of the second\r\n";
    return command[0] == "GET" ? "$2\r\nok\r\n" : "+QUEUED\r\n";
  });
  RedisOptions options;
  options.url = redis.url();
  RedisLink link(options);
  const auto fault = [&](const std::vector<RedisLink::Words>& commands) -> std::string {
    try {
      link.ask_together(commands);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_THAT(fault({{"HSET", "a"}, {"BAD"}}), HasSubstr("refuses BAD: ERR"));
  EXPECT_THAT(fault({{"HSET", "a"}, {"EXPIRE", "a"}}), HasSubstr("refuses EXPIRE: WRONGTYPE"));
  EXPECT_EQ(link.ask({"GET", "a"}).text, "ok") << "it is out of step";
}

TEST(RedisThread, AsksAgainOnANewConnectionWhenItsServerHasBecomeAReplica) {
  test::ScriptedRedis redis([](int connection, const auto& command) -> std::string {
    if (command[0] == "SET" && connection == 1 && command[2] == "2") return "-READONLY You can't write.\r\n";
    return command[0] == "PING" ? "+PONG\r\n" : "+OK\r\n";
  });
  net::EventLoop loop;
  RedisOptions options;
  options.url = redis.url();
  std::vector<std::string> faults;
  RedisThread thread(loop, options, [] {});
  for (const char* value : {"1", "2"})
    thread.ask(
        [value](RedisLink& link) {
          link.ask({"SET", "a", value});
        },
        [&](const std::string& fault) {
          faults.push_back(fault);
          if (faults.size() == 2) loop.stop();
        });
  const auto give_up = loop.after(std::chrono::seconds(10), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(faults, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(redis.commands(), (std::vector<std::string>{"PING", "SET a 1", "SET a 2", "PING", "SET a 2"}));
}

TEST(SessionRecords, NeverWritesWhatDoesNotEnd) {
  const test::ScriptedRedis redis([](int, const auto& command) -> std::string {
    if (command[0] == "PING") return "+PONG\r\n";
    return command[0] == "EXEC" ? "*0\r\n" : command[0] == "MULTI" ? "+OK\r\n" : "+QUEUED\r\n";
  });
  RedisOptions options;
  options.url = redis.url();
  RedisLink link(options);
  SessionRecord record;
  record.id = "s1";
  record.owner = "alice";
  SessionRecords(link, "p:", "me").save(record);
  std::vector<std::string> begins;
  for (const std::string& command : redis.commands()) {
    const std::size_t space = command.find(' ');
    begins.push_back(command.substr(0, command.find(' ', space == std::string::npos ? space : space + 1)));
  }
  EXPECT_EQ(begins, (std::vector<std::string>{"PING", "MULTI", "HSET p:session:s1", "EXPIRE p:session:s1", "EXEC",
                                              "MULTI", "ZADD p:sessions:alice", "ZREMRANGEBYSCORE p:sessions:alice",
                                              "ZREMRANGEBYRANK p:sessions:alice", "EXPIRE p:sessions:alice", "EXEC"}));
}

}  // namespace
}  // namespace wsdeep::lab
