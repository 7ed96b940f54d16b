#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "net/http_client.h"

namespace wsdeep::preflight {

/// A question to a service, by the connections of the thread that asks it.
using Job = std::function<void(net::HttpClient& http)>;

/// Runs all of them, a bounded number at a time, and returns when each has ended. A job does not throw.
void run_jobs(const std::vector<Job>& jobs);

/// Stops when its time is over, and when `other` does.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds limit, const std::stop_token& other);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_other_;
  std::jthread timer_;
};

}  // namespace wsdeep::preflight
