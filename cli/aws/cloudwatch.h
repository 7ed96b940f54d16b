#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"

namespace wsdeep::aws {

struct Alarm {
  std::string name;
  std::string state;   ///< OK, ALARM, INSUFFICIENT_DATA
  std::string reason;  ///< why it is in that state
};

/// What a metric is asked for: its newest value.
struct MetricQuestion {
  std::string metric_namespace;
  std::string metric;
  std::vector<std::pair<std::string, std::string>> dimensions;
  std::string statistic = "Average";
};

/// A value that somebody measured, stored by the second (high resolution).
struct MetricDatum {
  std::string metric;
  double value = 0;  ///< finite
  std::string unit;  ///< `None`, `Count`, `Milliseconds`, …
  std::vector<std::pair<std::string, std::string>> dimensions;
};

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
class CloudWatch {
 public:
  CloudWatch(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Those of `names`, at most 100, that exist.
  std::vector<Alarm> describe_alarms(const std::vector<std::string>& names);

  /// For each question the newest value of the last `age`, minute by minute; nothing where nobody measured.
  std::vector<std::optional<double>> newest_values(const std::vector<MetricQuestion>& questions, SystemTime now,
                                                   std::chrono::minutes age);

  /// At most 1,000 of them, measured at `time`. A call that is repeated because its answer was lost counts the values
  /// twice, which changes no average.
  void put_metric_data(const std::string& metric_namespace, const std::vector<MetricDatum>& data, SystemTime time);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
