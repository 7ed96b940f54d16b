#include "lab/redis_link.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <iterator>
#include <string_view>

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

using OwnedReply = std::unique_ptr<redisReply, FreedReply>;

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

/// What is wrong with the server, not with what it was asked: another connection may lead to one that can serve, or
/// this one can later.
bool tells_of_server(std::string_view words) {
  constexpr std::string_view kStates[] = {"READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN",
                                          "MOVED",    "ASK",     "TRYAGAIN",   "BUSY"};
  const std::string_view first = words.substr(0, words.find(' '));
  return std::find(std::begin(kStates), std::end(kStates), first) != std::end(kStates);
}

/// What is said to AUTH may repeat the password: `ERR unknown command 'AUTH', with args beginning with: '…'`. Its first
/// word tells enough.
[[noreturn]] void refuse(const std::string& command, const redisReply& reply) {
  std::string_view words(reply.str, reply.len);
  if (command == "AUTH") words = words.substr(0, words.find(' '));
  throw Error(tells_of_server(words) ? ErrorKind::kFailure : ErrorKind::kRefused,
              fmt::format("Redis refuses {}: {}", command, printable(words)));
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

  OwnedReply next_reply(net::BlockingStream::Deadline deadline);

  const RedisOptions& options;
  RedisPlace place;
  net::BlockingStream stream;
  std::unique_ptr<redisReader, FreedReader> reader{redisReaderCreate()};
};

OwnedReply RedisLink::Impl::next_reply(net::BlockingStream::Deadline deadline) {
  std::size_t read_bytes = 0;
  for (;;) {
    void* made = nullptr;
    if (redisReaderGetReply(reader.get(), &made) != REDIS_OK)
      throw Error(ErrorKind::kFailure, "what answers is not Redis: " + printable(reader->errstr));
    if (made != nullptr) return OwnedReply(static_cast<redisReply*>(made));
    const std::string bytes = stream.read(kReadBytes, deadline);
    read_bytes += bytes.size();
    if (read_bytes > kMostReplyBytes) throw Error(ErrorKind::kFailure, "Redis answers without end");
    redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  }
}

RedisLink::RedisLink(const RedisOptions& options) : impl_(std::make_unique<Impl>(options)) {
  if (options.password) {
    std::vector<std::string> words{"AUTH"};
    if (!options.user.empty()) words.push_back(options.user);
    words.push_back(options.password());
    ask(words);
  }
  if (impl_->place.database != 0) ask({"SELECT", std::to_string(impl_->place.database)});
  ask({"PING"});
}

RedisLink::~RedisLink() = default;

RedisReply RedisLink::ask(const Words& words) {
  const auto deadline = std::chrono::steady_clock::now() + impl_->options.timeout;
  impl_->stream.write(formatted(words), deadline);
  const OwnedReply reply = impl_->next_reply(deadline);
  if (reply->type == REDIS_REPLY_ERROR) refuse(words.front(), *reply);
  return reply_of(*reply);
}

/// Errors come with the replies to single commands, then to EXEC as well; or, rarely, within its reply. All are read
/// before one is told.
void RedisLink::ask_together(const std::vector<Words>& commands) {
  const auto deadline = std::chrono::steady_clock::now() + impl_->options.timeout;
  std::string text = formatted({"MULTI"});
  for (const Words& words : commands) text += formatted(words);
  impl_->stream.write(text + formatted({"EXEC"}), deadline);
  std::vector<OwnedReply> replies;
  for (std::size_t left = commands.size() + 2; left > 0; --left) replies.push_back(impl_->next_reply(deadline));
  for (std::size_t at = 0; at < replies.size(); ++at)
    if (replies[at]->type == REDIS_REPLY_ERROR)
      refuse(at == 0 ? "MULTI" : at <= commands.size() ? commands[at - 1].front() : "EXEC", *replies[at]);
  const redisReply& done = *replies.back();
  for (std::size_t at = 0; done.type == REDIS_REPLY_ARRAY && at < done.elements && at < commands.size(); ++at)
    if (done.element[at]->type == REDIS_REPLY_ERROR) refuse(commands[at].front(), *done.element[at]);
}

}  // namespace wsdeep::lab
