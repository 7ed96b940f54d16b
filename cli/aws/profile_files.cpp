#include "aws/profile_files.h"

#include <fmt/format.h>

#include "aws/credential_chain.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

struct Section {
  std::string name;
  ProfileSettings settings;
};

bool is_blank_or_comment(std::string_view line) {
  const std::string_view text = trim(line);
  return text.empty() || text.front() == '#' || text.front() == ';';
}

/// `[profile  dev] ; mine` → `profile dev`
std::string section_name(std::string_view line, std::string_view where) {
  const std::size_t end = line.find(']');
  if (end == std::string_view::npos)
    throw Error(ErrorKind::kFailure, fmt::format("{}: the section's ']' is missing", where));
  const std::string_view text = trim(line.substr(1, end - 1));
  const std::size_t gap = text.find_first_of(" \t");
  if (gap == std::string_view::npos) return std::string(text);
  return fmt::format("{} {}", text.substr(0, gap), trim(text.substr(gap)));
}

/// An indented line belongs to the setting above it (`s3 =` and its parts); nothing here needs those.
std::vector<Section> parse_ini(std::string_view text, const std::string& path) {
  std::vector<Section> sections;
  int number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    if (is_blank_or_comment(raw)) continue;
    const std::string_view line = trim(raw);
    const std::string where = fmt::format("{}:{}", path, number);
    if (line.front() == '[') {
      sections.push_back({section_name(line, where), {}});
      continue;
    }
    if (raw.front() == ' ' || raw.front() == '\t') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw Error(ErrorKind::kFailure, fmt::format("{}: expected 'name = value'", where));
    if (sections.empty()) throw Error(ErrorKind::kFailure, fmt::format("{}: a setting before any [section]", where));
    sections.back().settings[to_lower(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
  }
  return sections;
}

std::vector<Section> read_ini(const Env& env, const Files& files, const char* variable, const char* usual) {
  const std::string path = expand_home(env, env.get_or(variable, usual));
  if (path.starts_with('~')) return {};  // no home folder, so no file
  const auto text = files.read(path, kMaxFile);
  return text ? parse_ini(*text, path) : std::vector<Section>();
}

void merge(ProfileSettings& into, const ProfileSettings& from) {
  for (const auto& [name, value] : from) into[name] = value;
}

}  // namespace

std::string setting(const ProfileSettings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

ProfileFiles ProfileFiles::load(const Env& env, const Files& files) {
  constexpr std::string_view kProfile = "profile ", kSession = "sso-session ";
  ProfileFiles loaded;
  for (const Section& section : read_ini(env, files, "AWS_CONFIG_FILE", "~/.aws/config")) {
    const std::string_view name = section.name;
    if (name == "default") merge(loaded.profiles_["default"], section.settings);
    if (name.starts_with(kProfile))
      merge(loaded.profiles_[std::string(name.substr(kProfile.size()))], section.settings);
    if (name.starts_with(kSession))
      merge(loaded.sso_sessions_[std::string(name.substr(kSession.size()))], section.settings);
  }
  for (const Section& section : read_ini(env, files, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    merge(loaded.profiles_[section.name], section.settings);
  return loaded;
}

const ProfileSettings* ProfileFiles::profile(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

const ProfileSettings* ProfileFiles::sso_session(std::string_view name) const {
  const auto found = sso_sessions_.find(name);
  return found == sso_sessions_.end() ? nullptr : &found->second;
}

std::vector<std::string> ProfileFiles::profile_names() const {
  std::vector<std::string> names;
  for (const auto& [name, settings] : profiles_) names.push_back(name);
  return names;
}

std::string profile_name(const Env& env, std::string_view explicit_name) {
  return explicit_name.empty() ? env.get_or("AWS_PROFILE", "default") : std::string(explicit_name);
}

std::string expand_home(const Env& env, std::string_view path) {
  const auto home = env.get("HOME");
  return path.starts_with("~/") && home ? *home + std::string(path.substr(1)) : std::string(path);
}

std::optional<std::string> configured_region(const Env& env, const Files& files, std::string_view profile) {
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
    if (auto region = env.get(variable)) return region;
  const ProfileFiles profiles = ProfileFiles::load(env, files);
  const ProfileSettings* settings = profiles.profile(profile_name(env, profile));
  const std::string region = settings ? setting(*settings, "region") : std::string();
  return region.empty() ? std::nullopt : std::optional(region);
}

}  // namespace wsdeep::aws
