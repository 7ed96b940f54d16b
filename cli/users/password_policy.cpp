#include "users/password_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::users {
namespace {

constexpr std::size_t kMaxPasswordBytes = 256;
constexpr std::size_t kGeneratedLength = 20;

// What Cognito counts as what:
// https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSymbols = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=";

struct Rule {
  std::string words;
  bool kept;
};

bool has_any(std::string_view password, std::string_view characters) {
  return password.find_first_of(characters) != std::string_view::npos;
}

bool has_blank(std::string_view password) {
  return std::any_of(password.begin(), password.end(), [](char c) { return c >= 0 && c <= ' '; });
}

std::vector<Rule> rules_of(const aws::PasswordPolicy& policy, std::string_view password) {
  if (!is_utf8(password)) return {{"UTF-8 text", false}};
  const std::size_t length = utf8_length(password);
  std::vector<Rule> rules = {{fmt::format("at least {} characters", policy.minimum_length),
                              length >= static_cast<std::size_t>(std::max(policy.minimum_length, 1))}};
  if (policy.upper) rules.push_back({"an upper-case letter", has_any(password, kUpper)});
  if (policy.lower) rules.push_back({"a lower-case letter", has_any(password, kLower)});
  if (policy.number) rules.push_back({"a digit", has_any(password, kDigits)});
  if (policy.symbol) rules.push_back({"a symbol", has_any(password, kSymbols)});
  return rules;
}

char pick(std::string_view choices) {
  for (;;) {
    const auto byte = static_cast<unsigned char>(random_bytes(1)[0]);
    if (byte < 256 - 256 % choices.size()) return choices[byte % choices.size()];
  }
}

}  // namespace

std::string describe_policy(const aws::PasswordPolicy& policy) {
  std::vector<std::string> words;
  for (Rule& rule : rules_of(policy, "")) words.push_back(std::move(rule.words));
  return join(words, ", ");
}

std::vector<std::string> missing_from(const aws::PasswordPolicy& policy, std::string_view password) {
  std::vector<std::string> missing;
  for (Rule& rule : rules_of(policy, password))
    if (!rule.kept) missing.push_back(std::move(rule.words));
  if (has_blank(password)) missing.emplace_back("no blanks");
  if (password.size() > kMaxPasswordBytes) missing.push_back(fmt::format("at most {} bytes", kMaxPasswordBytes));
  return missing;
}

void require_policy(const aws::PasswordPolicy& policy, std::string_view password) {
  const std::vector<std::string> missing = missing_from(policy, password);
  if (missing.empty()) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("the password does not keep the pool's policy: it needs {}", join(missing, ", ")),
              fmt::format("the policy is: {}; or pass --generate", describe_policy(policy)));
}

std::string generate_password(const aws::PasswordPolicy& policy) {
  // Without characters that are mistaken for each other, or that a shell or a CSV file treats in its own way.
  constexpr std::array<std::string_view, 4> kClasses = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                                        "23456789", "@#%^*-_+?"};
  const std::size_t length = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(policy.minimum_length, 0)),
                                                     kGeneratedLength, kMaxPasswordBytes);
  std::string password;
  while (password.size() < length) password += pick(kClasses[password.size() % kClasses.size()]);
  return password;
}

}  // namespace wsdeep::users
