#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "session/lab_machine.h"

namespace wsdeep::session {

/// One terminal of the lab, as its server tells it.
struct LabSession {
  std::string id;
  std::string state;  ///< `running`, `ended` …; empty: not told
  std::int64_t created_ms = 0;
  std::int64_t used_ms = 0;  ///< last
  LabSize size{};
};

/// The lab's HTTP interface: what `wsdeep lab` asks of it beside the terminal. Each call throws Error: kRefused when
/// the token is not accepted, kNotFound for a session that is not there or somebody else's, kFailure for the rest, with
/// what to do about it.
class LabApi {
 public:
  /// `url` without a path; `token` of the pool.
  LabApi(std::string url, std::string ca_file, std::string token);

  /// A new session's id; of the nearest size that it can have. An empty `image`: the server's own.
  std::string create(const LabSize& size, const std::string& image);
  /// Of this user.
  std::vector<LabSession> list();
  void end(const std::string& id);
  /// Returns when the session can be connected to.
  void validate(const std::string& id);

 private:
  std::string call(const std::string& operation, const std::string& method, const std::string& path,
                   const std::string& body = {});

  const std::string url_;
  const std::string ca_file_;
  const std::string token_;
  net::HttpClient http_;
};

/// Whether `id` can be one: letters, digits, `-` and `_`, at most 128. It stands in a path and in a query.
bool is_lab_session_id(const std::string& id);

}  // namespace wsdeep::session
