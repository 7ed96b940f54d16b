#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/utf8.h"

namespace wsdeep {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

std::string quoted(std::string_view text) {
  return '"' + json_escape(is_utf8(text) ? text : "(not UTF-8)") + '"';
}

}  // namespace

LogField::LogField(std::string_view field, std::string_view text) : name(field), json(quoted(text)) {}

void set_log_level(LogLevel level) {
  g_level = level;
}

void log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  if (level < g_level) return;
  std::string line = "{\"time\":\"" + iso8601_ms(SystemClock().now()) + "\",\"level\":\"";
  line += name_of(level);
  line += "\",\"message\":" + quoted(message);
  for (const LogField& field : fields) line += ",\"" + std::string(field.name) + "\":" + field.json;
  line += "}\n";
  // A log that cannot be written must not stop the work that it is about.
  [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace wsdeep
