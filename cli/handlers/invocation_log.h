#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "handlers/runtime.h"

namespace wsdeep::handlers {

/// Writes the one line of an invocation when it goes: request id, connection id where there is one, duration, and what
/// was added. Text of users, tokens and cookies never get in.
class InvocationLog {
 public:
  InvocationLog(std::string_view message, const Call& call, std::string connection_id, const Clock& clock)
      : message_(message),
        request_id_(call.invocation.request_id),
        connection_id_(std::move(connection_id)),
        clock_(clock),
        start_(clock.steady_now()) {}
  InvocationLog(const InvocationLog&) = delete;
  InvocationLog& operator=(const InvocationLog&) = delete;
  ~InvocationLog() {
    const std::chrono::duration<double, std::milli> took = clock_.steady_now() - start_;
    std::vector<LogField> fields = {{"requestId", request_id_}};
    if (!connection_id_.empty()) fields.emplace_back("connectionId", connection_id_);
    fields.emplace_back("durationMs", took.count());
    fields.insert(fields.end(), more_.begin(), more_.end());
    log_info(message_, fields);
  }

  template <typename Value>
  void add(std::string_view name, const Value& value) {
    more_.emplace_back(name, value);
  }

 private:
  std::string message_;
  std::string request_id_;
  std::string connection_id_;
  const Clock& clock_;
  SteadyTime start_;
  std::vector<LogField> more_;
};

}  // namespace wsdeep::handlers
