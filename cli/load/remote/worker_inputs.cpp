#include "load/remote/worker_inputs.h"

#include <fmt/format.h>

#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "load/shard/worker_role.h"

namespace wsdeep::load {
namespace {

constexpr const char* kInputs = "WSDEEP_LOADTEST_INPUTS";
constexpr const char* kInputFiles = "WSDEEP_LOADTEST_INPUT_FILES";

/// What names a file of a folder, and nothing outside it.
bool is_input_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz-";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

std::string fetched_folder(const std::string& run) {
  return "/tmp/wsdeep-" + run;
}

std::string read_input(const CarriedFile& input, const Files& files) {
  if (auto content = files.read(input.here, kMaxInput)) return *std::move(content);
  throw Error(ErrorKind::kNotFound, fmt::format("--{} {}: no such file", input.name, input.here.string()));
}

std::map<std::string, std::string, std::less<>> input_variables(const RunBucket& bucket,
                                                                const std::vector<CarriedFile>& inputs) {
  if (inputs.empty()) return {};
  std::vector<std::string> names;
  for (const CarriedFile& input : inputs) names.push_back(input.name);
  return {{kInputs, bucket.inputs_uri()}, {kInputFiles, join(names, ",")}};
}

std::map<std::string, std::string, std::less<>> send_inputs(RunBucket& bucket, const std::vector<CarriedFile>& inputs,
                                                            const Files& files) {
  for (const CarriedFile& input : inputs) bucket.put_input(input.name, read_input(input, files));
  return input_variables(bucket, inputs);
}

void fetch_inputs(const Env& env, Files& files, const Clock& clock) {
  const auto from = env.get(kInputs);
  if (!from) return;
  const std::string names = env.require(kInputFiles);
  const std::string folder = fetched_folder(env.require(kSaltVariable));
  for (const std::string_view name : split(names, ','))
    if (!is_input_name(name))
      throw Error(ErrorKind::kUsage, fmt::format("{} names '{}', which is none of ours", kInputFiles, name));
  BucketAccess access(env, files, clock);
  for (const std::string_view name : split(names, ','))
    files.write(fmt::format("{}/{}", folder, name), get_input(access, fmt::format("{}{}", *from, name)), 0600);
}

}  // namespace wsdeep::load
