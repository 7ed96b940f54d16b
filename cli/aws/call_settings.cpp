#include "aws/call_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/client.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace wsdeep::aws {
namespace {

/// `COGNITO_IDENTITY_PROVIDER`, `cognito-idp` → `cognito_identity_provider`, `cognito_idp`: how files spell it.
std::string key_of(std::string_view name) {
  std::string key = to_lower(name);
  std::replace_if(
      key.begin(), key.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  return key;
}

[[noreturn]] void refuse(const std::string& where, const std::string& cause, const std::string& hint) {
  throw Error(ErrorKind::kRefused, fmt::format("{}: {}", where, cause), hint);
}

const IniNested* nested_endpoint(const Setting& block, const std::string& file) {
  for (const IniNested& one : block.nested) {
    if (!iequals(one.name, "endpoint_url")) continue;
    if (one.name == "endpoint_url") return &one;
    refuse(fmt::format("{}:{}", file, one.line), fmt::format("'{}' below a service counts for nothing", one.name),
           "write endpoint_url");
  }
  return nullptr;
}

/// `/home/ann/.aws/config:3` → `/home/ann/.aws/config`
std::string file_of(const std::string& where) {
  return where.substr(0, where.rfind(':'));
}

}  // namespace

CallSettings::CallSettings(const Env& env, ProfileFiles files, const ProfileChoice& choice)
    : env_(env), files_(std::move(files)) {
  if (const ProfileSettings* found = files_.chosen(choice)) settings_ = *found;
}

CallSettings CallSettings::load(const Env& env, const Files& files, std::string_view profile) {
  return {env, ProfileFiles::load(env, files), choose_profile(env, profile)};
}

std::optional<CallSettings::Value> CallSettings::value(const char* variable, std::string_view name) const {
  if (auto text = env_.get(variable)) return Value{*text, variable};
  if (std::string text = setting(settings_, name); !text.empty())
    return Value{std::move(text), place_of(settings_, name)};
  return std::nullopt;
}

/// AWS's tools take every other word for false, and a slip would go unnoticed.
bool CallSettings::is_true(const char* variable, std::string_view name) const {
  const auto found = value(variable, name);
  if (!found || iequals(found->text, "false")) return false;
  if (iequals(found->text, "true")) return true;
  refuse(found->where, fmt::format("{} is true or false, not '{}'", name, found->text), "correct it");
}

std::optional<std::string> CallSettings::region() const {
  if (auto own = env_.get("AWS_REGION")) return own;
  const auto found = value("AWS_DEFAULT_REGION", "region");
  return found ? std::optional(found->text) : std::nullopt;
}

std::string CallSettings::ca_file() const {
  const auto found = value("AWS_CA_BUNDLE", "ca_bundle");
  return found ? found->text : "";
}

std::optional<int> CallSettings::max_attempts() const {
  const auto found = value("AWS_MAX_ATTEMPTS", "max_attempts");
  if (!found) return std::nullopt;
  if (const auto number = parse_integer(found->text, 1, 100)) return static_cast<int>(*number);
  refuse(found->where, fmt::format("max_attempts is a number from 1 to 100, not '{}'", found->text), "correct it");
}

ClientOptions CallSettings::client_options(std::string_view service_id, std::string_view endpoint_prefix,
                                           const std::string& region) const {
  constexpr int kAttempts = 6;
  ClientOptions options;
  options.region = region;
  options.endpoint = endpoint(service_id, endpoint_prefix, region);
  options.ca_file = ca_file();
  options.retry.max_attempts = max_attempts().value_or(kAttempts);
  return options;
}

/// Other hosts than those that are asked for: whoever must use FIPS endpoints may not be served by others.
void CallSettings::refuse_variants() const {
  const auto check = [&](const char* variable, const char* name) {
    if (is_true(variable, name))
      refuse(value(variable, name)->where, fmt::format("{} is true, and such endpoints are not known here", name),
             fmt::format("set {}=false for this command", variable));
  };
  check("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  check("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
}

std::optional<CallSettings::Value> CallSettings::endpoint_of_services(std::string_view service_id,
                                                                      std::string_view endpoint_prefix) const {
  const std::string section = setting(settings_, "services"), id = key_of(service_id), other = key_of(endpoint_prefix);
  const auto refuse_other = [&](const ProfileSettings& settings, const std::string& key, const std::string& instead) {
    const auto block = settings.find(key);
    if (block == settings.end() || nested_endpoint(block->second, file_of(block->second.where)) == nullptr) return;
    refuse(block->second.where, fmt::format("endpoint_url below '{}' counts for nothing here", key), instead);
  };
  for (const std::string& key : {id, other, std::string(endpoint_prefix)})
    refuse_other(settings_, key,
                 fmt::format("write [services NAME] with '{} =' and it below, and 'services = NAME' here", id));
  if (section.empty()) return std::nullopt;
  const ProfileSettings* services = files_.services(section);
  if (services == nullptr)
    refuse(place_of(settings_, "services"), fmt::format("there is no [services {}]", section),
           "add it, or take this out");
  if (has_setting(*services, "endpoint_url"))
    refuse(place_of(*services, "endpoint_url"), "an endpoint_url of no service",
           fmt::format("indent it below the service, '{} =', or move it to the profile", id));
  for (const std::string& key : {std::string(endpoint_prefix), other})
    if (key != id) refuse_other(*services, key, fmt::format("the service's name in this file is {}", id));
  const auto block = services->find(id);
  if (block == services->end()) return std::nullopt;
  const std::string& where = block->second.where;
  if (block->second.nested.empty())
    refuse(where, fmt::format("nothing is indented below '{}'", id), "write endpoint_url below it, indented");
  const IniNested* url = nested_endpoint(block->second, file_of(where));
  if (url == nullptr) return std::nullopt;
  return Value{url->value, fmt::format("{}:{}", file_of(where), url->line)};
}

std::optional<CallSettings::Value> CallSettings::configured_endpoint(std::string_view service_id,
                                                                     std::string_view endpoint_prefix) const {
  if (is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) return std::nullopt;
  for (const std::string& name : {endpoint_variable(service_id), std::string("AWS_ENDPOINT_URL")})
    if (auto url = env_.get(name)) return Value{*url, name};
  if (auto own = endpoint_of_services(service_id, endpoint_prefix)) return own;
  if (std::string url = setting(settings_, "endpoint_url"); !url.empty())
    return Value{std::move(url), place_of(settings_, "endpoint_url")};
  return std::nullopt;
}

std::string CallSettings::endpoint(std::string_view service_id, std::string_view endpoint_prefix,
                                   std::string_view region) const {
  refuse_variants();
  const auto found = configured_endpoint(service_id, endpoint_prefix);
  if (!found) return public_endpoint(endpoint_prefix, region);
  std::string url = found->text;
  while (url.ends_with('/')) url.pop_back();
  try {
    const std::string scheme = parse_url(url).scheme;
    if (scheme == "http" || scheme == "https") return url;
  } catch (const Error&) {
    // Told below.
  }
  refuse(found->where, fmt::format("not the URL of an endpoint: '{}'", found->text), "such as http://127.0.0.1:4566");
}

}  // namespace wsdeep::aws
