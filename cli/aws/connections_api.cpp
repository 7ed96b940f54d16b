#include "aws/connections_api.h"

#include <fmt/format.h>

#include <numeric>

#include "aws/connection_posts.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/sleep.h"
#include "base/url.h"

namespace wsdeep::aws {
namespace {

Client client_for(std::string_view callback_url, net::HttpClient& http, ClientOptions options,
                  CredentialSource& credentials, const Clock& clock) {
  const Url url = parse_url(callback_url);
  options.endpoint = url.scheme + "://" + url.authority();
  return {http, std::move(options), credentials, "execute-api", "execute-api", clock};
}

/// `/prod/%40connections/JC1dgf9yoAMCK-g%3D`
std::string target_of(std::string_view callback_url, std::string_view connection_id) {
  std::string path = parse_url(callback_url).target;
  while (path.ends_with('/')) path.pop_back();
  return path + "/%40connections/" + percent_encode(connection_id);
}

/// A stage takes so many requests a second: who was refused waits a moment, each another one.
void wait_a_moment(const CallContext& context) {
  constexpr std::chrono::milliseconds kLeast{50};
  constexpr double kMoreMs = 200;
  sleep_for(kLeast + std::chrono::milliseconds(static_cast<std::int64_t>(random_unit() * kMoreMs)), context.cancel);
}

PostedText text_of(std::string_view message) {
  return {message, hex(sha256(message))};
}

}  // namespace

bool says_gone(const ServiceError& error) {
  return error.status() == 410 || (error.status() == 400 && error.detail().find("connectionId") != std::string::npos);
}

ConnectionsApi::ConnectionsApi(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                               const Clock& clock)
    : http_(http), options_(std::move(options)), credentials_(credentials), clock_(clock) {}

PostOutcome ConnectionsApi::post(std::string_view callback_url, std::string_view connection_id,
                                 std::string_view message, bool retry_safe, const CallContext& context) {
  Client::Request request;
  request.operation = "post to a connection";
  request.target = target_of(callback_url, connection_id);
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.body = message;
  request.retry_safe = retry_safe;
  try {
    client_for(callback_url, http_, options_, credentials_, clock_).send(request, context);
    return PostOutcome::kSent;
  } catch (const ServiceError& error) {
    if (says_gone(error)) return PostOutcome::kGone;
    if (error.status() == 413) return PostOutcome::kTooLarge;
    throw;
  }
}

std::vector<PostResult> ConnectionsApi::post_all(std::string_view callback_url,
                                                 const std::vector<std::string>& connection_ids,
                                                 std::string_view message, const CallContext& context) {
  return post(callback_url, connection_ids, {text_of(message)}, context);
}

std::vector<PostResult> ConnectionsApi::post_each(std::string_view callback_url,
                                                  const std::vector<std::string>& connection_ids,
                                                  const std::vector<std::string_view>& messages,
                                                  const CallContext& context) {
  std::vector<PostedText> texts;
  for (const std::string_view message : messages) texts.push_back(text_of(message));
  return post(callback_url, connection_ids, std::move(texts), context);
}

std::vector<PostResult> ConnectionsApi::post(std::string_view callback_url,
                                             const std::vector<std::string>& connection_ids,
                                             std::vector<PostedText> texts, const CallContext& context) {
  constexpr int kTries = 3;
  if (!streams_) streams_ = std::make_unique<net::HttpStreams>();
  const Url url = parse_url(callback_url);
  const ConnectionPosts::Messages posted{
      fmt::format("{}://{}{}", url.scheme, url.authority(), target_of(callback_url, "")),
      std::move(texts),
      credentials_.get(),
      {options_.region, "execute-api"},
      options_,
      clock_,
      context};
  std::vector<PostResult> results(connection_ids.size());
  std::vector<std::size_t> which(connection_ids.size());
  std::iota(which.begin(), which.end(), std::size_t{0});
  for (int tries = 0; tries < kTries && !which.empty(); ++tries) {
    if (tries > 0) wait_a_moment(context);
    ConnectionPosts(*streams_, posted, results).run(connection_ids, which);
    std::erase_if(which, [&](std::size_t place) { return !results[place].throttled; });
  }
  return results;
}

bool ConnectionsApi::disconnect(std::string_view callback_url, std::string_view connection_id,
                                const CallContext& context) {
  Client::Request request;
  request.operation = "close a connection";
  request.method = "DELETE";
  request.target = target_of(callback_url, connection_id);
  try {
    client_for(callback_url, http_, options_, credentials_, clock_).send(request, context);
    return true;
  } catch (const ServiceError& error) {
    if (says_gone(error)) return false;
    throw;
  }
}

}  // namespace wsdeep::aws
