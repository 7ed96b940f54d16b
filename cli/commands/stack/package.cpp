#include "stack/package/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "commands/commands.h"
#include "commands/stack/part_options.h"
#include "commands/stack/settings_option.h"
#include "deploy/package_progress.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct PackageCommandOptions {
  SettingsOptions settings;
  PartOptions part;
  std::string architecture;
  std::string node_binaries;
  std::string out = "build/package";
  std::string binaries;
  std::vector<std::string> only;
  std::string output = "text";
};

int run_package(const PackageCommandOptions& options, Context& context);

}  // namespace

void add_package(const Command& app, Context& context) {
  auto options = std::make_shared<PackageCommandOptions>();
  const Command command = app.add_subcommand("package", "Build the zips of the functions and of the node");
  add_settings_options(command, options->settings);
  command.add_option("--architecture", options->architecture, "of the functions, rather than the settings'")
      .one_of({"x86_64", "arm64"});
  command.add_option("--out", options->out, "folder of the zips").shows_default();
  command.add_option("--binaries", options->binaries, "folder of the built programs (default: where wsdeep is)");
  command.add_option("--node-binaries", options->node_binaries,
                     "folder of wsdeep-node, where the functions are arm64: nodes are x86_64 (default: --binaries)");
  const Option only =
      command.add_option("--only", options->only, "only these packages, such as generate or node; may be repeated");
  command.add_flag("--service", options->part.service, "only those of the functions").excludes(only);
  command.add_flag("--fleet", options->part.fleet, "only that of the nodes").excludes(only).excludes("--service");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.footer(
      "A zip holds bootstrap, the program and exactly the libraries that it needs; it is named by its SHA-256,\n"
      "and the same programs give the same bytes. What has not changed since is not built again; of each package the\n"
      "newest three zips are kept, by the list in NAME.zip.json. `wsdeep deploy` does this by itself.\n\n"
      "Example:\n  wsdeep package -e dev --output json");
  command.runs([options, &context] { return run_package(*options, context); });
}

namespace {

stack::Architecture architecture_of(const PackageCommandOptions& options, const Context& context);
std::vector<std::string> names_of(const PackageCommandOptions& options);
std::string as_json(const std::vector<stack::Package>& packages);
std::string as_text(const std::vector<stack::Package>& packages);

int run_package(const PackageCommandOptions& options, Context& context) {
  stack::PackageOptions package;
  package.architecture = architecture_of(options, context);
  package.binaries = options.binaries;
  if (package.binaries.empty()) package.binaries = std::filesystem::path(context.program).parent_path();
  package.node_binaries = options.node_binaries;
  package.out = options.out;
  package.only = names_of(options);
  const Interrupts interrupts;
  package.stop = interrupts.token();
  const std::vector<stack::Package> packages = unless_interrupted(interrupts, "", [&] {
    deploy::PackageProgress progress(context.console, context.clock);
    package.progress = progress.callback();
    return stack::build_packages(context.files, package);
  });
  context.console.out(options.output == "json" ? as_json(packages) : as_text(packages));
  if (std::any_of(packages.begin(), packages.end(), [](const stack::Package& one) { return one.own_libc; }))
    context.console.err("this machine's C library is newer than Amazon Linux 2023's: the packages bring their own\n");
  return 0;
}

stack::Architecture architecture_of(const PackageCommandOptions& options, const Context& context) {
  if (options.architecture.empty()) return load_environment(options.settings, context).functions.architecture;
  return options.architecture == "arm64" ? stack::Architecture::kArm64 : stack::Architecture::kX86_64;
}

/// Of the packages; none: all.
std::vector<std::string> names_of(const PackageCommandOptions& options) {
  if (!options.part.one()) return options.only;
  std::vector<std::string> names;
  for (const std::string& name : stack::package_names())
    if ((name == "node") == options.part.fleet) names.push_back(name);
  return names;
}

std::string as_json(const std::vector<stack::Package>& packages) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const stack::Package& package : packages)
    list.push_back({{"name", package.name},
                    {"file", package.file.string()},
                    {"sha256", package.sha256},
                    {"zippedBytes", package.zipped_bytes},
                    {"unzippedBytes", package.unzipped_bytes},
                    {"libraries", package.libraries},
                    {"ownLibc", package.own_libc},
                    {"unchanged", package.unchanged}});
  return wire::indented_json(list) + "\n";
}

std::string as_text(const std::vector<stack::Package>& packages) {
  std::string text =
      fmt::format("{:<11} {:>9} {:>9} {:>9}  {}\n", "PACKAGE", "ZIPPED", "UNZIPPED", "LIBRARIES", "FILE");
  for (const stack::Package& package : packages)
    text += fmt::format("{:<11} {:>9} {:>9} {:>9}  {}{}\n", package.name, human_bytes(package.zipped_bytes),
                        human_bytes(package.unzipped_bytes), package.libraries, package.file.string(),
                        package.unchanged ? "  unchanged" : "");
  return text;
}

}  // namespace

}  // namespace wsdeep::commands
