#include "aws/credential_chain.h"

#include <fmt/format.h>

#include "aws/credential_sources.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr auto kRenewBefore = std::chrono::minutes(5);

}  // namespace

struct CredentialChain::Impl {
  Env env;
  Files& files;
  const Clock& clock;
  std::string profile;  ///< as it was asked for; may be empty
  std::stop_token stop;
  std::mutex mutex;
  net::HttpClient http;
  std::optional<Credentials> found;

  bool is_due() const { return !found || (found->expiry && clock.now() >= *found->expiry - kRenewBefore); }
  bool still_good() const { return found && found->expiry && clock.now() < *found->expiry; }

  /// A profile that was asked for by name is not overruled by keys in the environment.
  Credentials search() {
    const bool asked_for = !profile.empty();
    std::vector<std::string> tried;
    const CallSettings calls = CallSettings::load(env, files, profile);  // refuses a profile that is not there
    if (!asked_for) {
      if (auto keys = environment_credentials(env)) return *keys;
      tried.emplace_back("environment (AWS_ACCESS_KEY_ID is not set)");
    }
    const ProfileFiles profiles = ProfileFiles::load(env, files);
    const SourceContext context{calls, profiles, env, files, clock, http, stop};
    if (auto keys = from_profile(context, !asked_for, tried)) return *keys;
    if (auto keys = container_credentials(context)) return *keys;
    tried.emplace_back("container (AWS_CONTAINER_CREDENTIALS_FULL_URI is not set)");
    std::string why;
    if (auto keys = instance_credentials(context, why)) return *keys;
    tried.push_back(fmt::format("instance metadata ({})", why));
    throw Error(ErrorKind::kRefused, "no AWS credentials; tried " + join(tried, ", "),
                "set AWS_PROFILE, or run `aws configure` or `aws sso login`; an instance needs a role");
  }

  /// What has expired already is refused by every service, each in words of its own.
  Credentials search_fresh() {
    Credentials keys = search();
    if (keys.expiry && clock.now() >= *keys.expiry)
      throw Error(ErrorKind::kRefused,
                  fmt::format("those that the environment, profile or role gives expired at {}", iso8601(*keys.expiry)),
                  "sign in again where they come from, such as `aws sso login`, and look at this machine's clock");
    return keys;
  }

  std::optional<Credentials> from_profile(const SourceContext& context, bool with_environment,
                                          std::vector<std::string>& tried) {
    const ProfileChoice choice = choose_profile(env, profile);
    const ProfileSettings* settings = context.profiles.chosen(choice);
    auto keys = profile_credentials(context, choice.name, settings, with_environment);
    if (with_environment) tried.emplace_back("web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)");
    tried.push_back(
        fmt::format("profile '{}' ({})", choice.name,
                    settings == nullptr ? "not in ~/.aws/config or ~/.aws/credentials" : "it holds no credentials"));
    return keys;
  }
};

CredentialChain::CredentialChain(const Env& env, Files& files, const Clock& clock, std::string profile,
                                 std::stop_token stop)
    : impl_(new Impl{env, files, clock, std::move(profile), std::move(stop), {}, {}, {}}) {}
CredentialChain::~CredentialChain() = default;

std::string environment_source(const Env& env) {
  for (const char* variable : {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
                               "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
    if (env.get(variable)) return variable;
  return {};
}

std::optional<std::string> configured_region(const Env& env, const Files& files, std::string_view profile) {
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
    if (auto region = env.get(variable)) return region;
  return CallSettings::load(env, files, profile).region();
}

Credentials CredentialChain::get() {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->is_due()) return *impl_->found;
  try {
    impl_->found = impl_->search_fresh();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted) throw;
    // Renewal starts early so that a fault of a few minutes does not matter.
    if (!impl_->still_good())
      throw Error(ErrorKind::kRefused, fmt::format("cannot get AWS credentials: {}", error.what()), error.hint());
  }
  return *impl_->found;
}

}  // namespace wsdeep::aws
