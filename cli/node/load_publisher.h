#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "aws/cloudwatch.h"
#include "aws/credentials.h"
#include "base/clock.h"

/// A node as part of a fleet on AWS.
namespace wsdeep::node {

/// How busy a node is at one moment.
struct Reading {
  bool well = false;      ///< the engine answers; what a node without one says of itself would be taken for idleness
  bool draining = false;  ///< it takes nothing any more: its load says nothing about the group's need
  double load = 0;        ///< (running + waiting) / slots
  std::optional<double> kv_use;
  int running = 0;
  int waiting = 0;
  std::optional<std::int64_t> ttft_p50_us, ttft_p99_us;  ///< of the last minute
};

/// What scaling goes by: 1 when the node is full, by slots or by its engine's KV cache.
double utilisation(const Reading& reading);

/// What is published of so many readings, the newest last: means of what changes by the moment. Under the group's name
/// alone, for scaling, unless the node is unwell or draining; under that and the instance's, where it is known, unless
/// it is unwell.
std::vector<aws::MetricDatum> data_of(const std::vector<Reading>& readings, const std::string& group,
                                      const std::string& instance);

struct PublisherOptions {
  std::string group;  ///< name of the Auto Scaling group
  aws::ClientOptions client;
  std::chrono::milliseconds sample_interval{1000};
  int samples = 10;  ///< that are published together
};

/// Publishes a node's readings to CloudWatch, in a thread of its own. What fails is logged once, and again when the
/// cause changes; nothing else is the worse for it.
class LoadPublisher {
 public:
  static constexpr const char* kNamespace = "wsdeep/node";
  /// Asked before each time until it is known; empty: not known. From the publisher's thread, as `read`.
  using InstanceId = std::function<std::string(net::HttpClient&)>;

  LoadPublisher(PublisherOptions options, aws::CredentialSource& credentials, InstanceId instance_id,
                std::function<Reading()> read);
  ~LoadPublisher();
  LoadPublisher(const LoadPublisher&) = delete;
  LoadPublisher& operator=(const LoadPublisher&) = delete;

 private:
  void run(const std::stop_token& stop);
  void publish(const std::vector<Reading>& readings);
  void note(const std::string& fault, const std::string& words);

  PublisherOptions options_;
  aws::CredentialSource& credentials_;
  const InstanceId instance_id_;
  const std::function<Reading()> read_;
  const SystemClock clock_;
  net::HttpClient http_;
  std::optional<aws::CloudWatch> cloudwatch_;
  std::string instance_;
  std::string fault_;  ///< of the last time; empty: it went well
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace wsdeep::node
