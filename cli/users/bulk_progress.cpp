#include "users/bulk_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "terminal/progress_line.h"

namespace wsdeep::users {
namespace {

std::string time_to_go(double seconds) {
  constexpr double kTenth = 0.1;
  if (seconds < kTenth) return "";
  return fmt::format(" {} to go", human_duration(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))));
}

std::uint64_t count_over(const BulkProgress& progress, std::uint64_t total) {
  return std::min(total, progress.done + progress.failed + progress.before);
}

std::string progress_text(const BulkProgress& progress, std::uint64_t total, double seconds, double allowed) {
  const std::uint64_t done = progress.done;
  const std::uint64_t over = count_over(progress, total);
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line = fmt::format("{}% {}/{} {:.0f}/s", total == 0 ? 100 : 100 * over / total, over, total, rate);
  if (rate > 0) line += time_to_go(static_cast<double>(total - over) / rate);
  if (progress.failed > 0) line += fmt::format(", {} failed", progress.failed.load());
  if (allowed > 0) line += fmt::format(" (the pool allows {:.0f} requests/s)", allowed);
  return line;
}

}  // namespace

std::string progress_line(const BulkProgress& progress, std::uint64_t total, double seconds, double allowed,
                          std::size_t columns) {
  return with_bar(progress_text(progress, total, seconds, allowed), count_over(progress, total), total, columns);
}

}  // namespace wsdeep::users
