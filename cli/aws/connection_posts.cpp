#include "aws/connection_posts.h"

#include <algorithm>

#include "aws/service_fault.h"
#include "base/encoding.h"

namespace wsdeep::aws {
namespace {

/// A connection of HTTP/1.1 each: enough that one that waits for its time-out hardly delays the others.
constexpr std::size_t kAtATime = 64;

PostResult result_of(const net::HttpResponse& response, const ClientOptions& options, SystemTime now) {
  if (response.status < 300) return {PostOutcome::kSent, {}, false};
  const ServiceError error = to_service_error(response, "execute-api", "post to a connection", options.region, now);
  if (says_gone(error)) return {PostOutcome::kGone, {}, false};
  if (error.status() == 413) return {PostOutcome::kTooLarge, error.what(), false};
  return {PostOutcome::kSent, error.what(), is_throttling(error)};
}

}  // namespace

void ConnectionPosts::run(const std::vector<std::string>& ids, const std::vector<std::size_t>& which) {
  ids_ = &ids;
  which_ = &which;
  next_ = 0;
  for (std::size_t i = 0; i < std::min(kAtATime, which.size()); ++i) start_next();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return open_ == 0 && next_ == which.size(); });
}

/// From our own thread at first, then from that of the streams.
void ConnectionPosts::start_next() {
  std::size_t place = 0;
  {
    const std::lock_guard lock(mutex_);
    if (next_ == which_->size()) return;
    place = (*which_)[next_++];
    ++open_;
  }
  start(place);
}

void ConnectionPosts::start(std::size_t place) {
  using std::chrono::milliseconds;
  const PostedText& text = messages_.texts.size() == 1 ? messages_.texts.front() : messages_.texts[place];
  net::HttpCall call;
  call.method = "POST";
  call.url = messages_.url + percent_encode((*ids_)[place]);
  call.headers = {{"Content-Type", "application/octet-stream"}};
  call.body = text.text;
  call.ca_file = messages_.options.ca_file;
  call.send_once = true;  // a message that is not known again by its reader
  call.connect_timeout = messages_.options.connect_timeout;
  call.timeout = messages_.options.timeout;
  if (messages_.context.deadline) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(*messages_.context.deadline - messages_.clock.steady_now());
    call.timeout = std::clamp(left, milliseconds(1), call.timeout);
  }
  call.cancel = messages_.context.cancel;
  net::Headers added = sign_hashed(call.method, call.url, call.headers, text.hash, messages_.credentials,
                                   messages_.scope, messages_.clock.now());
  std::move(added.begin(), added.end(), std::back_inserter(call.headers));
  streams_.start(std::move(call), [this, place](const net::HttpResponse& response, const net::TransportError* error) {
    end(place, response, error);
  });
}

void ConnectionPosts::end(std::size_t place, const net::HttpResponse& response, const net::TransportError* error) {
  results_[place] = error != nullptr ? PostResult{PostOutcome::kSent, error->what(), false}
                                     : result_of(response, messages_.options, messages_.clock.now());
  start_next();
  // Told under the lock: who waits lets go of this object as soon as it may. And only of the last: to wake a thread for
  // each costs as much as the post.
  const std::lock_guard lock(mutex_);
  if (--open_ == 0 && next_ == which_->size()) ended_.notify_all();
}

}  // namespace wsdeep::aws
