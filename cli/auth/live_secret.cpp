#include "auth/live_secret.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace wsdeep::auth {
namespace {

constexpr std::chrono::minutes kSecretAge{5};
/// Whoever makes us doubt a secret, by a wrong signature say, does not make us ask for it each time.
constexpr std::chrono::seconds kLeastSecretAge{10};
constexpr std::size_t kMaxSecretBytes = 64 * 1024;  // what Secrets Manager holds at most

}  // namespace

bool LiveSecret::is_due(bool anew, SteadyTime now) const {
  if (text_.empty()) return true;
  if (place_.file.empty() && now - tried_at_ < kLeastSecretAge) return false;
  return anew || now - read_at_ >= kSecretAge;
}

std::string LiveSecret::text(bool anew, const aws::CallContext& context) {
  if (!is_set()) return {};
  const SteadyTime came = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  if (!is_due(anew, clock_.steady_now())) return text_;
  // Who has waited for a reading that failed does not wait for another.
  if (failure_ && came < tried_at_) std::rethrow_exception(failure_);
  try {
    take(place_.file.empty() ? place_.read(text_.empty(), context) : read_file());
    read_at_ = clock_.steady_now();
    failure_ = nullptr;
  } catch (const Error& error) {
    tried_at_ = clock_.steady_now();
    if (text_.empty()) {
      failure_ = std::current_exception();
      throw;
    }
    log_warn("a secret cannot be read again, the earlier one stays",
             {{"secret", place_.what}, {"error", error.what()}});
  }
  tried_at_ = clock_.steady_now();
  return text_;
}

std::string LiveSecret::previous() {
  const std::lock_guard lock(mutex_);
  return clock_.now() < previous_end_ ? previous_ : std::string();
}

bool LiveSecret::fits(const std::function<bool(const std::string& text)>& is_by, const aws::CallContext& context) {
  const std::string known = text(false, context);
  if (is_by(known)) return true;
  const std::string anew = text(true, context);
  if (anew != known && is_by(anew)) return true;
  const std::string before = previous();
  return !before.empty() && before != known && is_by(before);
}

SecretReading LiveSecret::read_file() const {
  if (auto text = DiskFiles().read(place_.file, kMaxSecretBytes)) return {std::move(*text)};
  throw Error(ErrorKind::kNotFound, fmt::format("there is no file {} with {}", place_.file, place_.what));
}

/// Where nobody says what was before, it is what we knew until now.
void LiveSecret::take(const SecretReading& reading) {
  // An editor's line break at its end is none of it.
  const std::string_view secret = trim(reading.text);
  if (secret.size() < place_.least_bytes)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has {} bytes, and needs {} at least", place_.what, secret.size(), place_.least_bytes),
                place_.hint);
  if (reading.made) {
    previous_ = trim(reading.previous);
    previous_end_ = *reading.made + kPreviousLife;
  } else if (secret != text_) {
    previous_ = text_;
    previous_end_ = clock_.now() + kPreviousLife;
  }
  if (!text_.empty() && secret != text_) log_info("a secret was replaced", {{"secret", place_.what}});
  text_ = secret;
}

}  // namespace wsdeep::auth
