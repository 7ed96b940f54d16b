#include "local/cognito_codes.h"

#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr auto kLifetime = std::chrono::minutes(5);
constexpr std::size_t kMaxCodes = 10'000;

}  // namespace

std::string CodeTable::add(CodeGrant grant) {
  remove_oldest();
  const std::string code = base64url(random_bytes(32));
  by_age_.emplace_back(clock_.steady_now(), code);
  codes_.emplace(code, Entry{std::move(grant)});
  return code;
}

std::optional<CodeTable::Found> CodeTable::use(const std::string& code) {
  remove_oldest();
  const auto found = codes_.find(code);
  if (found == codes_.end()) return std::nullopt;
  return Found{found->second.grant, found->second.uses++ > 0};
}

bool CodeTable::was_replayed(const std::string& code) const {
  const auto found = codes_.find(code);
  return found != codes_.end() && found->second.uses > 1;
}

void CodeTable::remove_oldest() {
  const SteadyTime limit = clock_.steady_now() - kLifetime;
  while (!by_age_.empty() && (by_age_.front().first <= limit || by_age_.size() >= kMaxCodes)) {
    codes_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

}  // namespace wsdeep::local
