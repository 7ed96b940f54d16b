#include "aws/profile_files.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

const Setting* find(const ProfileSettings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? nullptr : &found->second;
}

/// PATH:LINE of the first indented line below a setting, or nothing.
std::string line_below(const Setting& found) {
  if (found.nested.empty()) return found.continued;
  return fmt::format("{}:{}", found.where.substr(0, found.where.rfind(':')), found.nested.front().line);
}

std::string single_line(const Setting& found, std::string_view name) {
  const std::string below = line_below(found);
  if (below.empty()) return found.value;
  throw Error(ErrorKind::kRefused, fmt::format("{}: this line belongs to the value of '{}'", below, name),
              "indent it no deeper than the setting above it");
}

ProfileSettings settings_of(const IniSection& section, const std::string& path, bool in_credentials) {
  ProfileSettings settings;
  for (const IniSetting& one : section.settings) {
    const auto place = [&](std::size_t line) { return line == 0 ? "" : fmt::format("{}:{}", path, line); };
    settings[one.name] = {one.value, place(one.line), place(one.continued_line), in_credentials, one.nested};
  }
  return settings;
}

std::string home_of_user() {
  std::array<char, 4096> buffer{};
  passwd entry{}, *found = nullptr;
  ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? "" : found->pw_dir;
}

std::string expand_variables(const Env& env, std::string_view path) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  std::string out;
  for (std::size_t mark = path.find('$'); mark != std::string_view::npos; mark = path.find('$')) {
    out += path.substr(0, mark);
    path.remove_prefix(mark + 1);
    const std::size_t brace = path.starts_with('{') ? path.find('}') : std::string_view::npos;
    const bool braced = brace != std::string_view::npos;
    const std::size_t end = braced ? brace + 1 : std::min(path.find_first_not_of(kLetters), path.size());
    const auto value = env.get(braced ? path.substr(1, brace - 1) : path.substr(0, end));
    out += value ? *value : fmt::format("${}", path.substr(0, end));
    path.remove_prefix(end);
  }
  return out + std::string(path);
}

/// The path of one of the files and its sections.
std::pair<std::string, std::vector<IniSection>> read_file(const Env& env, const Files& files, const char* variable,
                                                          const char* usual) {
  const std::string path = expand_path(env, env.get_or(variable, usual));
  const auto text = files.read(path, kMaxFile);
  return {path, text ? parse_ini(*text, path) : std::vector<IniSection>()};
}

}  // namespace

std::string command_setting(const ProfileSettings& settings, std::string_view name) {
  const Setting* found = find(settings, name);
  return found == nullptr ? "" : single_line(*found, name);
}

std::string setting(const ProfileSettings& settings, std::string_view name) {
  std::string value = command_setting(settings, name);
  for (const char* mark : {" #", " ;", "\t#", "\t;"})
    if (value.find(mark) != std::string::npos)
      throw Error(ErrorKind::kRefused,
                  fmt::format("{}: '{}' has '{}' in its value, where some tools begin a comment and others do not",
                              place_of(settings, name), name, mark[1]),
                  "give the comment a line of its own");
  return value;
}

bool has_setting(const ProfileSettings& settings, std::string_view name) {
  return find(settings, name) != nullptr;
}

const std::string& place_of(const ProfileSettings& settings, std::string_view name) {
  return settings.find(name)->second.where;
}

ProfileChoice choose_profile(const Env& env, std::string_view explicit_name) {
  if (!explicit_name.empty()) return {std::string(explicit_name), true};
  const auto name = env.get("AWS_PROFILE"), other = env.get("AWS_DEFAULT_PROFILE");
  if (name && other && *name != *other)
    throw Error(ErrorKind::kUsage,
                fmt::format("AWS_PROFILE is '{}', but AWS_DEFAULT_PROFILE is '{}': tools follow the one or the other",
                            *name, *other),
                "unset one of them");
  if (!name && !other) return {"default", false};
  return {name ? *name : *other, true};
}

ProfileFiles ProfileFiles::load(const Env& env, const Files& files) {
  ProfileFiles loaded;
  const auto [config_path, config] = read_file(env, files, "AWS_CONFIG_FILE", "~/.aws/config");
  loaded.add_config(config, config_path);
  const auto [path, credentials] = read_file(env, files, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
  loaded.add_credentials(credentials, path);
  return loaded;
}

void ProfileFiles::add_config(const std::vector<IniSection>& sections, const std::string& path) {
  for (const IniSection& section : sections) {
    if (section.header == "default")
      add_named(profiles_, {"profile default", section.line, section.settings}, "profile", path);
    else if (section.header.starts_with("profile"))
      add_named(profiles_, section, "profile", path);
    else if (section.header.starts_with("sso-session"))
      add_named(sso_sessions_, section, "sso-session", path);
    else if (section.header.starts_with("services"))
      add_named(services_, section, "services", path);
    else
      ignored_.push_back({section.header, fmt::format("{}:{}", path, section.line), "[profile NAME] or [default]"});
  }
}

void ProfileFiles::add_named(Sections& into, const IniSection& section, const std::string& kind,
                             const std::string& path) {
  const std::string where = fmt::format("{}:{}", path, section.line);
  const std::vector<std::string> words = ini_words(section.header);
  if (words.size() != 2 || words.front() != kind) {
    ignored_.push_back(
        {section.header, where, fmt::format("[{} NAME], with quotes around a name that has blanks", kind)});
    return;
  }
  if (!into.emplace(words.back(), settings_of(section, path, false)).second)
    throw Error(ErrorKind::kFailure,
                fmt::format("{}: {} '{}' is there twice, in sections of different spelling", where, kind, words.back()),
                "join the two");
}

void ProfileFiles::add_credentials(const std::vector<IniSection>& sections, const std::string& path) {
  for (const IniSection& section : sections) {
    if (section.header.starts_with("profile "))
      ignored_.push_back({section.header, fmt::format("{}:{}", path, section.line), "[NAME] in the credentials file"});
    for (auto& [name, value] : settings_of(section, path, true)) profiles_[section.header][name] = value;
    profiles_[section.header];  // a section without settings is a profile too
  }
}

const ProfileSettings* ProfileFiles::profile(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

const ProfileSettings* ProfileFiles::chosen(const ProfileChoice& choice) const {
  for (const Ignored& one : ignored_) {
    const std::string header = to_lower(one.header), name = to_lower(choice.name);
    const bool is_kind = header.starts_with("profile");
    if (header == name || (is_kind && header.find(name, 7) != std::string::npos))
      throw Error(
          ErrorKind::kRefused,
          fmt::format("{}: [{}] is not profile '{}', although it looks like it", one.where, one.header, choice.name),
          "write " + one.instead);
  }
  const ProfileSettings* found = profile(choice.name);
  if (found != nullptr || !choice.named) return found;
  std::vector<std::string> names;
  for (const auto& [name, settings] : profiles_) names.push_back(name);
  const auto near = closest(choice.name, names);
  throw Error(ErrorKind::kRefused,
              fmt::format("AWS profile '{}' is neither in ~/.aws/config nor in ~/.aws/credentials", choice.name),
              near ? fmt::format("did you mean '{}'?", *near) : "`aws configure list-profiles` shows those there are");
}

const ProfileSettings* ProfileFiles::sso_session(std::string_view name) const {
  const auto found = sso_sessions_.find(name);
  return found == sso_sessions_.end() ? nullptr : &found->second;
}

const ProfileSettings* ProfileFiles::services(std::string_view name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : &found->second;
}

std::string expand_path(const Env& env, std::string_view path) {
  std::string out = expand_variables(env, path);
  if (out != "~" && !out.starts_with("~/")) return out;
  const auto home = env.get("HOME");
  return (home ? *home : home_of_user()) + out.substr(1);
}

}  // namespace wsdeep::aws
