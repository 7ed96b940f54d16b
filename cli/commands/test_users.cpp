#include "commands/test_users.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/file_lock.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::commands {
namespace {

/// RFC 2606 keeps this domain for examples: no mail to it reaches anybody.
constexpr std::string_view kTestDomain = "@example.com";

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string attribute(const aws::CognitoUser& user, const char* name) {
  const auto found = user.attributes.find(name);
  return found == user.attributes.end() ? std::string() : found->second;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool has_marker(const aws::UserPoolDescription& pool) {
  return contains(pool.custom_attributes, kTestMarker);
}

bool signs_in_with_email(const aws::UserPoolDescription& pool) {
  return contains(pool.username_attributes, "email");
}

std::string numbered_name(const aws::UserPoolDescription& pool, const std::string& prefix, std::uint64_t number) {
  return fmt::format("{}{:05}{}", prefix, number, signs_in_with_email(pool) ? kTestDomain : "");
}

TestPrefixes::TestPrefixes(Files& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {}

std::vector<std::string> TestPrefixes::of(const std::string& pool) const {
  const std::string text = files_.read(file_).value_or("");
  const std::string mark = pool + " ";
  std::vector<std::string> prefixes;
  for (const std::string_view line : split(text, '\n'))
    if (line.starts_with(mark)) prefixes.emplace_back(line.substr(mark.size()));
  return prefixes;
}

void TestPrefixes::add(const std::string& pool, const std::string& prefix) {
  const auth::FileLock lock(file_.string() + ".lock");
  if (contains(of(pool), prefix)) return;
  files_.write(file_, files_.read(file_).value_or("") + pool + " " + prefix + "\n", 0600);
}

TestUserRule::TestUserRule(const aws::UserPoolDescription& pool, const std::string& pool_id, std::string prefix,
                           const TestPrefixes& prefixes)
    : marker_(has_marker(pool)), email_(signs_in_with_email(pool)), prefix_(std::move(prefix)) {
  if (marker_) return;
  if (prefix_.empty())
    throw Error(ErrorKind::kUsage,
                fmt::format("cannot tell test users from customers: {} defines no attribute {}", pool_id, kTestMarker),
                "pass --prefix with the prefix that `wsdeep users create --count` was given");
  if (!contains(prefixes.of(pool_id), prefix_))
    throw Error(ErrorKind::kUsage,
                fmt::format("no bulk creation on this machine has used the prefix '{}' at {}", prefix_, pool_id),
                "delete these users by their names");
}

bool TestUserRule::matches(const aws::CognitoUser& user) const {
  std::string name = email_ ? attribute(user, "email") : user.username;
  if (marker_) return attribute(user, kTestMarker) == "true" && name.starts_with(prefix_);
  if (email_ && name.ends_with(kTestDomain)) name.resize(name.size() - kTestDomain.size());
  return name.starts_with(prefix_) && is_number(std::string_view(name).substr(prefix_.size()));
}

}  // namespace wsdeep::commands
