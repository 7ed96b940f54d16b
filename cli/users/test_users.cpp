#include "users/test_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "auth/file_lock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "users/results_file.h"

namespace wsdeep::users {
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

/// A line of the file that remembers bulk creations. Nothing for one that is not such a line.
struct Creation {
  std::string pool;
  std::string prefix;
  std::filesystem::path results;
};
std::optional<Creation> creation_in(std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() != 3) return std::nullopt;
  const auto path = percent_decode(words[2]);
  if (!path) return std::nullopt;
  return Creation{std::string(words[0]), std::string(words[1]), *path};
}

std::string line_of(const Creation& creation) {
  return fmt::format("{} {} {}", creation.pool, creation.prefix, percent_encode(creation.results.string(), "/"));
}

}  // namespace

bool has_marker(const aws::UserPoolDescription& pool) {
  return contains(pool.fixed_attributes, kTestMarker);
}

std::string no_marker(const std::string& pool_id) {
  return fmt::format("{} defines no attribute {} that cannot be changed (Mutable: false)", pool_id, kTestMarker);
}

bool signs_in_with_email(const aws::UserPoolDescription& pool) {
  return contains(pool.username_attributes, "email");
}

std::string recorded_name(const aws::CognitoUser& user, bool signs_in_with_email) {
  return signs_in_with_email ? attribute(user, "email") : user.username;
}

std::string numbered_name(const aws::UserPoolDescription& pool, const std::string& prefix, std::uint64_t number) {
  return fmt::format("{}{:05}{}", prefix, number, signs_in_with_email(pool) ? kTestDomain : "");
}

TestPrefixes::TestPrefixes(Files& files, std::filesystem::path file) : files_(files), file_(std::move(file)) {}

std::vector<std::string> TestPrefixes::of(const std::string& pool) const {
  const std::string text = files_.read(file_).value_or("");
  std::vector<std::string> prefixes;
  for (const std::string_view line : split(text, '\n'))
    if (const auto creation = creation_in(line);
        creation && creation->pool == pool && !contains(prefixes, creation->prefix))
      prefixes.push_back(creation->prefix);
  return prefixes;
}

std::vector<std::filesystem::path> TestPrefixes::results_of(const std::string& pool, const std::string& prefix) const {
  const std::string text = files_.read(file_).value_or("");
  std::vector<std::filesystem::path> paths;
  for (const std::string_view line : split(text, '\n'))
    if (const auto creation = creation_in(line); creation && creation->pool == pool && creation->prefix == prefix)
      paths.push_back(creation->results);
  return paths;
}

void TestPrefixes::add(const std::string& pool, const std::string& prefix, const std::filesystem::path& results) {
  const auth::FileLock lock(file_.string() + ".lock");
  const std::string line = line_of({pool, prefix, std::filesystem::absolute(results).lexically_normal()});
  const std::string text = files_.read(file_).value_or("");
  const auto lines = split(text, '\n');
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) files_.write(file_, text + line + "\n", 0600);
}

std::set<std::filesystem::path> TestPrefixes::all_results_of(const std::string& pool) const {
  std::set<std::filesystem::path> files;
  for (const std::string& prefix : of(pool))
    for (const auto& file : results_of(pool, prefix)) files.insert(file);
  // Those of imports are in the state folder too, unless they were put elsewhere.
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(file_.parent_path() / "users", ignored))
    if (entry.path().filename().string().starts_with(percent_encode(pool + "_"))) files.insert(entry.path());
  return files;
}

void TestPrefixes::forget(const std::string& pool, const std::vector<std::string>& usernames) const {
  for (const auto& file : all_results_of(pool)) {
    if (!std::filesystem::exists(file)) continue;
    try {
      ResultsFile results(file, pool, "", 0);
      for (const std::string& username : usernames)
        if (results.is_done(username)) results.add_deleted(username);
    } catch (const Error&) {
      continue;
    }
  }
}

TestUserRule::TestUserRule(const aws::UserPoolDescription& pool, const std::string& pool_id, std::string prefix,
                           const TestPrefixes& prefixes)
    : marker_(has_marker(pool)),
      email_(signs_in_with_email(pool)),
      prefix_(std::move(prefix)),
      basis_(fmt::format("they carry {}", kTestMarker)) {
  if (marker_) return;
  if (prefix_.empty())
    throw Error(ErrorKind::kUsage, "cannot tell test users from customers: " + no_marker(pool_id),
                "pass --prefix with the prefix that `wsdeep users create --count` was given");
  read_results(pool_id, prefixes);
}

void TestUserRule::read_results(const std::string& pool_id, const TestPrefixes& prefixes) {
  const auto files = prefixes.results_of(pool_id, prefix_);
  const std::string hint = "delete these users by their names";
  if (files.empty())
    throw Error(
        ErrorKind::kUsage,
        fmt::format("no bulk creation on this machine has created users with the prefix '{}' at {}", prefix_, pool_id),
        hint);
  std::vector<std::string> names;
  for (const auto& file : files) {
    if (!std::filesystem::exists(file))
      throw Error(ErrorKind::kNotFound,
                  fmt::format("cannot tell test users from customers: {} is gone, which recorded them", file.string()),
                  "put the file back, or " + hint);
    read_created_users(
        file,
        [&](CreatedUser user) {
          // A name alone proves nothing: somebody else may have it now.
          if (!user.sub.empty()) subs_.insert(std::move(user.sub));
          return true;
        },
        pool_id);
    names.push_back(file.string());
  }
  basis_ = fmt::format("recorded as created in {}", join(names, ", "));
}

bool TestUserRule::matches(const aws::CognitoUser& user) const {
  const std::string name = recorded_name(user, email_);
  if (!name.starts_with(prefix_)) return false;
  if (marker_) return attribute(user, kTestMarker) == "true";
  return subs_.contains(attribute(user, "sub"));
}

TestPrefixes test_prefixes(Context& context) {
  return {context.files, context.state_folder() / "test-prefixes"};
}

}  // namespace wsdeep::users
