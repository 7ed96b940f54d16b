#include "base/env.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

namespace wsdeep {

Env Env::of_process() {
  std::map<std::string, std::string, std::less<>> values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) values.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Env(std::move(values));
}

Env Env::without_secrets() const {
  auto values = values_;
  for (const char* name : {"WSDEEP_PASSWORD", "WSDEEP_NEW_PASSWORD", "WSDEEP_CLIENT_SECRET",
                           "WSDEEP_SERVICE_CLIENT_SECRET", "WSDEEP_ENGINE_API_KEY", "WSDEEP_LAB_SECRET",
                           "WSDEEP_REDIS_PASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
    values.erase(name);
  return Env(std::move(values));
}

void Env::forget() {
  for (auto& [name, value] : values_) ::explicit_bzero(value.data(), value.size());
  values_.clear();
}

std::optional<std::string> Env::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string Env::get_or(std::string_view name, std::string_view fallback) const {
  return get(name).value_or(std::string(fallback));
}

std::string Env::require(std::string_view name) const {
  if (auto value = get(name)) return *value;
  throw Error(ErrorKind::kUsage, "environment variable " + std::string(name) + " is not set");
}

}  // namespace wsdeep
