#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wsdeep {

/// One field of a log line; numbers and booleans stay unquoted in the JSON.
struct LogField {
  std::string_view name;
  std::string json;  ///< the value, already JSON

  LogField(std::string_view field, std::string_view text);
  LogField(std::string_view field, const char* text) : LogField(field, std::string_view(text)) {}
  LogField(std::string_view field, const std::string& text) : LogField(field, std::string_view(text)) {}
  LogField(std::string_view field, bool value) : name(field), json(value ? "true" : "false") {}
  template <typename Number>
  requires std::is_arithmetic_v<Number> LogField(std::string_view field, Number value)
      : name(field), json(std::to_string(value)) {}
};

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// Lines below `level` are dropped. kInfo at start.
void set_log_level(LogLevel level);

/// Writes one JSON object on one line to stderr, in one write so that lines of several threads and processes do not
/// mix: `{"time":"…","level":"info","message":"…", fields…}`. Never pass a token, a cookie or message text.
void log(LogLevel level, std::string_view message, const std::vector<LogField>& fields = {});

inline void log_debug(std::string_view message, const std::vector<LogField>& fields = {}) {
  log(LogLevel::kDebug, message, fields);
}
inline void log_info(std::string_view message, const std::vector<LogField>& fields = {}) {
  log(LogLevel::kInfo, message, fields);
}
inline void log_warn(std::string_view message, const std::vector<LogField>& fields = {}) {
  log(LogLevel::kWarn, message, fields);
}
inline void log_error(std::string_view message, const std::vector<LogField>& fields = {}) {
  log(LogLevel::kError, message, fields);
}

}  // namespace wsdeep
