#include "deploy/operation_owner.h"

#include <algorithm>

#include "base/error.h"

namespace wsdeep::deploy {
namespace {

constexpr std::string_view kOurs = "wsdeep-";
constexpr std::size_t kUniquePart = 37;  // `-` and a UUID
constexpr std::size_t kMostOfAName = 60;

bool fits_a_token(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

}  // namespace

std::string signature_of(const aws::CallerIdentity& who) {
  std::string name = who.arn.substr(std::min(who.arn.size(), who.arn.find_last_of("/:") + 1)).substr(0, kMostOfAName);
  for (char& letter : name)
    if (!fits_a_token(letter)) letter = '-';
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "wsdeep" : std::string(kOurs) + name;
}

std::string owner_of_token(const std::string& token) {
  if (token.starts_with("Console-")) return "somebody in the AWS console";
  if (!token.starts_with(kOurs) || token.size() <= kOurs.size() + kUniquePart) return {};
  return token.substr(kOurs.size(), token.size() - kOurs.size() - kUniquePart);
}

std::string owner_of_running(StackSession& session, const aws::Stack& stack) {
  try {
    return owner_of_token(session.access.cloudformation.latest_event(stack.id).token);
  } catch (const Error&) {
    if (session.interrupts.requested()) throw;
    return {};  // who may not look cannot be told
  }
}

}  // namespace wsdeep::deploy
