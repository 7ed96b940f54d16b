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
  std::int64_t start = 0;   ///< milliseconds since 1970, inclusive
  std::string pattern;      ///< CloudWatch's filter pattern; empty: everything
  std::string stream = {};  ///< the first letters of its name; empty: all streams
};

struct LogPage {
  std::vector<LogEvent> events;
  std::string next;  ///< empty: that was all
};

/// An event to be stored.
struct LogLine {
  std::int64_t timestamp = 0;  ///< milliseconds since 1970
  std::string message;         ///< UTF-8, not empty
};

/// What one call of PutLogEvents takes; of each message its bytes and 26 count. Of the span between its first event and
/// its last, 24 hours.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
constexpr std::size_t kMaxLogBatchBytes = 1'048'576;
constexpr std::size_t kMaxLogBatchEvents = 10'000;
constexpr std::size_t kLogEventOverhead = 26;
constexpr std::int64_t kMaxLogBatchSpanMs = 24 * 3'600'000;
/// What all regions take of one message; some take more.
constexpr std::size_t kMaxLogEventBytes = 256 * 1024 - kLogEventOverhead;

/// CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
class Logs {
 public:
  Logs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// A page of the events of all streams of a group, in time order within it. A group that does not exist is
  /// ServiceError `ResourceNotFoundException`, kind kNotFound.
  LogPage filter_log_events(const LogQuery& request, const std::string& page, const CallContext& context = {});

  /// In chronological order, within the bounds above. True when the service took all of them: too old ones, and ones of
  /// the future, it leaves out. A group or stream that does not exist is ServiceError, kind kNotFound. A call that is
  /// repeated because its answer was lost may store the events twice.
  bool put_log_events(const std::string& group, const std::string& stream, const std::vector<LogLine>& events);
  /// False when it exists already.
  bool create_log_stream(const std::string& group, const std::string& stream);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
