#include "local/cognito_challenges.h"

#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr auto kLifetime = std::chrono::minutes(3);
constexpr std::size_t kMaxOpen = 20'000;

}  // namespace

std::string ChallengeTable::add(SignInChallenge challenge) {
  remove_oldest();
  const std::string session = base64url(random_bytes(96));
  by_age_.emplace_back(clock_.steady_now(), session);
  open_.emplace(session, std::move(challenge));
  return session;
}

std::optional<SignInChallenge> ChallengeTable::find(const std::string& session) {
  remove_oldest();
  const auto found = open_.find(session);
  if (found == open_.end()) return std::nullopt;
  return found->second;
}

void ChallengeTable::update(const std::string& session, SignInChallenge challenge) {
  const auto found = open_.find(session);
  if (found != open_.end()) found->second = std::move(challenge);
}

void ChallengeTable::remove_oldest() {
  const SteadyTime limit = clock_.steady_now() - kLifetime;
  while (!by_age_.empty() && (by_age_.front().first < limit || by_age_.size() >= kMaxOpen)) {
    open_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

}  // namespace wsdeep::local
