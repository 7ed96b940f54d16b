#include "lab/redis_link.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/url.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostReplyBytes = 1 << 20;
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr int kMostNesting = 4;

struct FreedReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreedReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

std::string formatted(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* made = nullptr;
  const int size = redisFormatCommandArgv(&made, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (size < 0) throw Error(ErrorKind::kFailure, "cannot format a command for Redis");
  std::string command(made, static_cast<std::size_t>(size));
  redisFreeCommand(made);
  return command;
}

RedisReply reply_of(const redisReply& given, int depth = 0) {
  RedisReply reply;
  switch (given.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = RedisReply::Kind::kText;
      reply.text.assign(given.str, static_cast<std::size_t>(given.len));
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = RedisReply::Kind::kInteger;
      reply.integer = given.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = RedisReply::Kind::kList;
      for (std::size_t at = 0; at < given.elements && depth < kMostNesting; ++at)
        reply.list.push_back(reply_of(*given.element[at], depth + 1));
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace

RedisPlace parse_redis_url(const std::string& url) {
  const auto fail = [](const std::string& cause) -> void {
    throw Error(ErrorKind::kUsage, "Redis: " + cause,
                "such as redis://127.0.0.1:6379 or rediss://cache.example:6379/0");
  };
  RedisPlace place;
  place.tls = url.starts_with("rediss://");
  if (!place.tls && !url.starts_with("redis://")) fail("a URL begins with redis:// or rediss://");
  std::string_view rest = std::string_view(url).substr(place.tls ? 9 : 8);
  if (rest.find('@') != std::string_view::npos) fail("a password does not belong into a URL, but into a file");
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view number = rest.substr(slash + 1);
    const auto database = parse_integer(number, 0, 1023);
    if (!number.empty() && !database) fail("after the slash stands the number of a database");
    place.database = static_cast<int>(database.value_or(0));
    rest = rest.substr(0, slash);
  }
  if (rest.empty()) fail("the URL names no host");
  const bool has_port = rest.find("]:") != std::string_view::npos || std::count(rest.begin(), rest.end(), ':') == 1;
  const ListenAddress address = parse_listen_address(has_port ? std::string(rest) : std::string(rest) + ":6379");
  place.host = address.host;
  place.port = address.port;
  return place;
}

struct RedisLink::Impl {
  explicit Impl(const RedisOptions& given)
      : options(given),
        place(parse_redis_url(given.url)),
        stream({place.host, place.port, place.tls, given.ca_file, given.timeout, given.cancel_fd}) {}

  const RedisOptions& options;
  RedisPlace place;
  net::BlockingStream stream;
  std::unique_ptr<redisReader, FreedReader> reader{redisReaderCreate()};
};

RedisLink::RedisLink(const RedisOptions& options) : impl_(std::make_unique<Impl>(options)) {
  if (!options.password.empty()) {
    std::vector<std::string> words{"AUTH"};
    if (!options.user.empty()) words.push_back(options.user);
    words.push_back(options.password);
    ask(words);
  }
  if (impl_->place.database != 0) ask({"SELECT", std::to_string(impl_->place.database)});
  ask({"PING"});
}

RedisLink::~RedisLink() = default;

RedisReply RedisLink::ask(const std::vector<std::string>& words) {
  const auto deadline = std::chrono::steady_clock::now() + impl_->options.timeout;
  impl_->stream.write(formatted(words), deadline);
  std::size_t read_bytes = 0;
  for (;;) {
    void* made = nullptr;
    if (redisReaderGetReply(impl_->reader.get(), &made) != REDIS_OK)
      throw Error(ErrorKind::kFailure, "what answers is not Redis: " + printable(impl_->reader->errstr));
    if (made != nullptr) {
      const std::unique_ptr<redisReply, FreedReply> reply(static_cast<redisReply*>(made));
      if (reply->type == REDIS_REPLY_ERROR)
        throw Error(ErrorKind::kRefused,
                    fmt::format("Redis refuses {}: {}", words.front(), printable({reply->str, reply->len})));
      return reply_of(*reply);
    }
    const std::string bytes = impl_->stream.read(kReadBytes, deadline);
    read_bytes += bytes.size();
    if (read_bytes > kMostReplyBytes) throw Error(ErrorKind::kFailure, "Redis answers without end");
    redisReaderFeed(impl_->reader.get(), bytes.data(), bytes.size());
  }
}

}  // namespace wsdeep::lab
