#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct LogEvent {
  std::string id;
  std::string group;
  std::string stream;
  std::int64_t timestamp = 0;  ///< milliseconds since 1970
  std::string message;
};

struct LogQuery {
  std::string group;
  std::int64_t start = 0;  ///< milliseconds since 1970, inclusive
  std::string pattern;     ///< CloudWatch's filter pattern; empty: everything
};

struct LogPage {
  std::vector<LogEvent> events;
  std::string next;  ///< empty: that was all
};

/// CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
class Logs {
 public:
  Logs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// A page of the events of all streams of a group, in time order within it. A group that does not exist is
  /// ServiceError `ResourceNotFoundException`, kind kNotFound.
  LogPage filter_log_events(const LogQuery& request, const std::string& page, const CallContext& context = {});

 private:
  Client client_;
};

}  // namespace wsdeep::aws
