#include "load/remote/carried_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {
namespace {

/// A flag whose word is a file's path.
struct FileFlag {
  std::string_view flag;
  std::string_view variable;  ///< that may stand in for it
  bool secret = false;
};
constexpr std::array<FileFlag, 8> kFileFlags{{{"--tokens", "", true},
                                              {"--prompts", ""},
                                              {"--sharegpt", ""},
                                              {"--trace", ""},
                                              {"--stages", ""},
                                              {"--ca-file", "WSDEEP_CA_FILE"},
                                              {"--cert", ""},
                                              {"--key", "", true}}};
constexpr std::array<std::string_view, 6> kTargetVariables = {
    "WSDEEP_URL", "WSDEEP_LLM_URL", "WSDEEP_REGION", "WSDEEP_USER_POOL_ID", "WSDEEP_CLIENT_ID", "WSDEEP_ENDPOINT"};

/// `--flag=value` and `--flag value` alike: the flag, and where its value begins in the word; npos: it is the next one.
struct FlagWord {
  std::string_view flag;
  std::size_t value = std::string_view::npos;
};

FlagWord flag_word(std::string_view word) {
  if (word.starts_with("-e") && word.size() > 2 && !word.starts_with("--")) return {word.substr(0, 2), 2};
  const std::size_t equals = word.find('=');
  if (!word.starts_with("--") || equals == std::string_view::npos) return {word};
  return {word.substr(0, equals), equals + 1};
}

const FileFlag* file_flag(std::string_view flag) {
  if (flag == "--ca") flag = "--ca-file";
  const auto found =
      std::find_if(kFileFlags.begin(), kFileFlags.end(), [&](const FileFlag& f) { return f.flag == flag; });
  return found == kFileFlags.end() ? nullptr : &*found;
}

/// Copies of the files of one command line.
class Copies {
 public:
  Copies(std::vector<CarriedFile>& files, const std::string& folder) : files_(files), folder_(folder) {}

  /// The path of the copy.
  std::string of(const std::string& here, const FileFlag& flag) {
    const std::string name(flag.flag.substr(2));
    const CarriedFile file{here, name, flag.secret};
    if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
    return fmt::format("{}/{}", folder_, name);
  }

 private:
  std::vector<CarriedFile>& files_;
  const std::string& folder_;
};

std::vector<std::string> with_copies(const std::vector<std::string>& arguments, Copies& copies) {
  std::vector<std::string> words;
  const FileFlag* awaits = nullptr;
  for (const std::string& word : arguments) {
    const FlagWord split = flag_word(word);
    const FileFlag* names = awaits == nullptr ? file_flag(split.flag) : nullptr;
    if (awaits != nullptr)
      words.push_back(copies.of(word, *awaits));
    else if (names != nullptr && split.value != std::string_view::npos)
      words.push_back(fmt::format("{}={}", split.flag, copies.of(word.substr(split.value), *names)));
    else
      words.push_back(word);
    awaits = names != nullptr && split.value == std::string_view::npos ? names : nullptr;
  }
  return words;
}

void name_copy(std::optional<std::string>& path, std::string_view flag, Copies& copies) {
  if (path) path = copies.of(*path, *file_flag(flag));
}

bool has_flag(const std::vector<std::string>& arguments, std::initializer_list<std::string_view> flags) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& word) {
    return std::find(flags.begin(), flags.end(), flag_word(word).flag) != flags.end();
  });
}

void require_known_elsewhere(const std::vector<std::string>& arguments, const Env& env) {
  if (has_flag(arguments, {"-e", "--environment", "--settings"}) || env.get("WSDEEP_ENVIRONMENT"))
    throw Error(ErrorKind::kUsage, "workers elsewhere have no settings to look an environment up in",
                "name the target itself: --url, --region and --client-id, which `wsdeep outputs -e …` prints, and "
                "--i-own-this-target");
  if (!has_flag(arguments, {"--url"}) && !env.get("WSDEEP_URL") && !env.get("WSDEEP_LLM_URL"))
    throw Error(ErrorKind::kUsage, "workers elsewhere do not reach the local system", "name the target by --url");
  const bool asks_nodes = arguments.size() > 1 && arguments[1] == "llm";
  if (!asks_nodes && !has_flag(arguments, {"--tokens"}))
    throw Error(ErrorKind::kUsage, "workers elsewhere have no sign-in of yours",
                "give them users: --tokens with a file of `wsdeep users tokens`");
}

}  // namespace

CarriedCommand carry_command(const std::vector<std::string>& arguments, const PlanOptions& plan, const Env& env,
                             const std::string& folder) {
  require_known_elsewhere(arguments, env);
  CarriedCommand carried;
  Copies copies(carried.files, folder);
  carried.arguments = with_copies(arguments, copies);
  carried.plan = plan;
  name_copy(carried.plan.stages, "--stages", copies);
  name_copy(carried.plan.trace, "--trace", copies);
  name_copy(carried.plan.prompts, "--prompts", copies);
  name_copy(carried.plan.sharegpt, "--sharegpt", copies);
  for (const std::string_view name : kTargetVariables)
    if (const auto value = env.get(name)) carried.environment.emplace(name, *value);
  for (const FileFlag& flag : kFileFlags)
    if (const auto path = flag.variable.empty() ? std::nullopt : env.get(flag.variable))
      if (!has_flag(arguments, {flag.flag, "--ca"})) carried.environment.emplace(flag.variable, copies.of(*path, flag));
  return carried;
}

}  // namespace wsdeep::load
