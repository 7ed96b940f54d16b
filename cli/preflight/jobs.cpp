#include "preflight/jobs.h"

#include <algorithm>
#include <atomic>

#include "base/signals.h"
#include "base/sleep.h"

namespace wsdeep::preflight {
namespace {

constexpr std::size_t kMostAtOnce = 12;

}  // namespace

void run_jobs(const std::vector<Job>& jobs) {
  // Signals are for the thread that waits.
  const SignalsBlocked blocked;
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> workers;
  for (std::size_t i = std::min(kMostAtOnce, jobs.size()); i > 0; --i)
    workers.emplace_back([&] {
      net::HttpClient http;
      for (std::size_t at = next++; at < jobs.size(); at = next++) jobs[at](http);
    });
}

Deadline::Deadline(std::chrono::milliseconds limit, const std::stop_token& other)
    : on_other_(other, [this] { stop_.request_stop(); }) {
  const SignalsBlocked blocked;
  timer_ = std::jthread([this, limit](const std::stop_token& ended) {
    sleep_for(limit, ended);
    if (!ended.stop_requested()) stop_.request_stop();
  });
}

Deadline::~Deadline() = default;

}  // namespace wsdeep::preflight
