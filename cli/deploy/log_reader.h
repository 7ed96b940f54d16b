#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aws/logs.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

/// The last part of `/aws/lambda/chat-dev-message`.
std::string short_name(const std::string& log_group);

/// The log groups of the stack and of those nested in it whose short name contains `function`, of any case. Throws
/// Error{kNotFound} when there is none, and missing_stack.
std::vector<std::string> log_groups(StackSession& session, const std::string& function);

/// Who wrote it, for a person: the function, or the instance of a node.
std::string writer_of(const aws::LogEvent& event);

struct LogFilter {
  std::string pattern;  ///< CloudWatch's; empty: everything
  std::string stream;   ///< the first letters of its name; empty: all streams
};

/// What log groups have had since a time, each event once.
class LogReader {
 public:
  /// `start_ms`: epoch.
  LogReader(StackSession& session, std::vector<std::string> groups, LogFilter filter, std::int64_t start_ms);

  /// The new events of all groups, in time order.
  std::vector<aws::LogEvent> read();

 private:
  void read_group(const std::string& group, std::vector<aws::LogEvent>& fresh);

  aws::Logs logs_;
  std::vector<std::string> groups_;
  LogFilter filter_;
  std::int64_t start_;
  std::map<std::string, std::int64_t> shown_;
};

}  // namespace wsdeep::deploy
