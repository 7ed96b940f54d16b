#include "net/http_client.h"

#include <algorithm>
#include <new>
#include <optional>

#include "net/http_transfer.h"

namespace wsdeep::net {
namespace {

/// How long to wait for the next piece; nothing when the rest of a body was waited for long enough.
std::optional<std::chrono::milliseconds> patience_of(const HttpTransfer& transfer) {
  constexpr std::chrono::milliseconds kPoll{1000};
  const auto until = transfer.drain_until();
  if (!until) return kPoll;
  const auto left = *until - std::chrono::steady_clock::now();
  if (left <= left.zero()) return std::nullopt;
  return std::min(kPoll, std::chrono::ceil<std::chrono::milliseconds>(left));
}

}  // namespace

/// A transfer runs on a multi handle of its own, because curl_easy_perform looks at a cancellation only once a second;
/// curl_multi_wakeup ends the wait at once, from any thread.
struct HttpClient::Impl {
  // The easy handle goes first, as libcurl wants.
  CurlMulti multi;
  CurlEasy easy;

  CURLcode perform(const HttpTransfer& transfer, const std::stop_token& cancel);
  CURLcode run(const HttpTransfer& transfer, const std::stop_token& cancel);
};

CURLcode HttpClient::Impl::perform(const HttpTransfer& transfer, const std::stop_token& cancel) {
  const std::stop_callback wake(cancel, [this] { curl_multi_wakeup(multi.get()); });
  curl_multi_add_handle(multi.get(), easy.get());
  const CURLcode code = run(transfer, cancel);
  curl_multi_remove_handle(multi.get(), easy.get());
  return code;
}

CURLcode HttpClient::Impl::run(const HttpTransfer& transfer, const std::stop_token& cancel) {
  while (!cancel.stop_requested()) {
    int running = 0;
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) return message->data.result;
    const auto patience = patience_of(transfer);
    if (!patience) break;
    const int wait_ms = static_cast<int>(patience->count());
    if (curl_multi_poll(multi.get(), nullptr, 0, wait_ms, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {
  init_curl_once();
  impl_->multi.reset(curl_multi_init());
  impl_->easy.reset(curl_easy_init());
  if (!impl_->multi || !impl_->easy) throw std::bad_alloc();
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpResponse HttpClient::send(const HttpCall& call) {
  HttpTransfer transfer(impl_->easy.get(), call);
  return transfer.conclude(impl_->perform(transfer, call.cancel));
}

}  // namespace wsdeep::net
