#include "stack/package/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "stack/diagnostic.h"
#include "stack/package/node_files.h"
#include "stack/package/shared_libraries.h"
#include "stack/package/zip.h"

namespace wsdeep::stack {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxProgramBytes = 512 << 20;
constexpr std::size_t kMaxZip = std::size_t{1} << 30;
constexpr const char* kNode = "node";
constexpr const char* kLab = "lab";

std::string program_name(const std::string& package) {
  return "wsdeep-" + package;
}

/// How the program is started. With its own C library by its own loader, told to look nowhere else: what the system's
/// cache and Lambda's LD_LIBRARY_PATH name was built for another libc. Without, the packaged libraries come first.
std::string start_line(const std::string& program, const LibraryClosure& closure) {
  if (closure.own_libc)
    return fmt::format(R"(exec "$here/lib/{}" --inhibit-cache --library-path "$here/lib" "$here/bin/{}" "$@")",
                       closure.loader, program);
  return fmt::format("export LD_LIBRARY_PATH=\"$here/lib\"\nexec \"$here/bin/{}\" \"$@\"", program);
}

/// The CA certificates are where the distribution of the target has them, which OpenSSL, libcurl and gRPC, built for
/// another, do not know.
std::string start_script(const std::string& program, const LibraryClosure& closure) {
  return fmt::format(R"(#!/bin/sh
# Starts {0} with the libraries that it was packaged with.
case $0 in
  */*) here=${{0%/*}} ;;
  *) here=. ;;
esac
for ca in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ -r "$ca" ] && break
done
: "${{SSL_CERT_FILE:=$ca}}"
: "${{GRPC_DEFAULT_SSL_ROOTS_FILE_PATH:=$SSL_CERT_FILE}}"
export SSL_CERT_FILE GRPC_DEFAULT_SSL_ROOTS_FILE_PATH
{1}
)",
                     program, start_line(program, closure));
}

/// A file of packages, held and compressed once, however many of them it goes into.
struct Blob {
  std::string content;
  std::shared_ptr<const Deflated> deflated;  ///< empty until it is needed
};

/// A file of one package.
struct ProgramPart {
  std::string path;
  std::string blob;  ///< SHA-256 of the content
  bool executable = false;
};

struct Recipe {
  Package package;
  std::vector<ProgramPart> parts;
  std::string inputs;  ///< hexadecimal; whatever makes a difference to the zip makes one to this
};

/// Lambda starts the program and waits for it to fetch its first event, which a program that is none of ours never
/// does.
void check_is_handler(const std::string& name, const fs::path& program, std::string_view content) {
  if (is_for_instances(name) || content.find("AWS_LAMBDA_RUNTIME_API") != std::string_view::npos) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("cannot package {}: it is no handler, for it never asks Lambda's runtime for an event",
                          program.string()),
              "build the handlers, or name their folder with --binaries");
}

void check_limit(const Package& package, std::string_view what, std::uint64_t bytes, std::uint64_t limit) {
  if (is_for_instances(package.name) || bytes <= limit) return;
  throw Error(
      ErrorKind::kFailure,
      fmt::format("cannot package {}: {} bytes {}, Lambda takes {}", program_name(package.name), bytes, what, limit),
      "build a release (cmake --preset release): debug information is what makes programs large");
}

/// Earlier builds of a package that are still there, newest first: OUT/NAME.zip.json.
constexpr std::size_t kMaxKept = 3;
constexpr std::size_t kMaxRecord = 64 << 10;

struct Built {
  std::string inputs;
  std::string sha256;
};

/// A record that is not one is as good as none.
std::vector<Built> read_built(const Files& files, const fs::path& record) {
  std::vector<Built> found;
  try {
    const auto document = nlohmann::json::parse(files.read(record, kMaxRecord).value_or("[]"));
    for (const auto& one : document) found.push_back({one.at("inputs"), one.at("sha256")});
  } catch (const nlohmann::json::exception&) {
    return {};
  } catch (const Error&) {
    return {};
  }
  std::erase_if(found, [](const Built& one) {
    return one.sha256.size() != 64 || one.sha256.find_first_not_of("0123456789abcdef") != std::string::npos;
  });
  return found;
}

std::string text_of(const std::vector<Built>& builds) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Built& one : builds) list.push_back({{"inputs", one.inputs}, {"sha256", one.sha256}});
  return list.dump() + "\n";
}

/// The steps of a build. Each does its part for all packages, several at a time.
class Packager {
 public:
  Packager(Files& files, const PackageOptions& options, const std::vector<std::string>& names)
      : files_(files), options_(options), recipes_(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) recipes_[i].package.name = names[i];
  }

  std::vector<Package> run() {
    in_parallel(recipes_.size(), [this](std::size_t i) { gather(recipes_[i]); });
    in_parallel(recipes_.size(), [this](std::size_t i) { find_built(recipes_[i]); });
    compress();
    in_parallel(recipes_.size(), [this](std::size_t i) { write(recipes_[i]); });
    std::vector<Package> packages;
    for (Recipe& recipe : recipes_) packages.push_back(std::move(recipe.package));
    return packages;
  }

 private:
  /// Calls `work` with 0 … count-1 on as many threads as there are processors; throws what the first of them threw, and
  /// kInterrupted when it was stopped.
  template <typename Work>
  void in_parallel(std::size_t count, Work work) {
    std::vector<std::exception_ptr> faults(count);
    std::atomic<std::size_t> next{0};
    const auto loop = [&] {
      for (std::size_t i = next++; i < count && !options_.stop.stop_requested(); i = next++) try {
          work(i);
        } catch (...) {
          faults[i] = std::current_exception();
        }
    };
    {
      const std::size_t threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, count + 1);
      std::vector<std::jthread> workers;
      for (std::size_t i = 0; i < threads; ++i) workers.emplace_back(loop);
    }
    if (options_.stop.stop_requested())
      throw Error(ErrorKind::kInterrupted,
                  fmt::format("interrupted after {} of {} packages", done_.load(), recipes_.size()));
    for (const std::exception_ptr& fault : faults)
      if (fault) std::rethrow_exception(fault);
  }

  void add(Recipe& recipe, const std::string& path, std::string content, bool executable) {
    const std::string hash = hex(sha256(content));
    recipe.package.unzipped_bytes += content.size();
    recipe.parts.push_back({path, hash, executable});
    recipe.inputs += fmt::format("{}:{} {} {}\n", path.size(), path, hash, executable);
    const std::lock_guard lock(mutex_);
    blobs_.try_emplace(hash, Blob{std::move(content), {}});
  }

  const fs::path& folder_of(const std::string& name) const {
    return is_for_instances(name) && !options_.node_binaries.empty() ? options_.node_binaries : options_.binaries;
  }
  Machine machine_of(const std::string& name) const {
    if (name == kNode)
      return {Architecture::kX86_64, "GPU nodes are", "name the folder of its x86_64 build with --node-binaries"};
    if (name == kLab)
      return {Architecture::kX86_64, "the lab's server is", "name the folder of its x86_64 build with --node-binaries"};
    return {options_.architecture, "the settings say",
            "change functions.architecture, or name the folder of the other build with --binaries"};
  }

  void gather(Recipe& recipe) {
    const std::string& name = recipe.package.name;
    const fs::path program = folder_of(name) / program_name(name);
    LibraryClosure closure = find_libraries(files_, program, machine_of(name));
    std::string content = files_.read(program, kMaxProgramBytes).value_or("");
    check_is_handler(name, program, content);
    recipe.package.libraries = closure.libraries.size();
    recipe.package.own_libc = closure.own_libc;
    recipe.inputs = compressor_version() + "\n";
    const std::string file = program.filename();
    add(recipe, is_for_instances(name) ? file : "bootstrap", start_script(file, closure), true);
    add(recipe, "bin/" + file, std::move(content), true);
    for (SharedLibrary& library : closure.libraries)
      add(recipe, "lib/" + library.name, std::move(library.content), library.name == closure.loader);
    if (is_for_instances(name))
      for (const NodeFile& one : name == kNode ? node_files() : lab_files())
        add(recipe, std::string(one.name), std::string(one.text), one.is_script());
    recipe.inputs = hex(sha256(recipe.inputs));
    check_limit(recipe.package, "unzipped", recipe.package.unzipped_bytes, kMaxUnzippedBytes);
  }

  fs::path zip_of(const Recipe& recipe, const std::string& sha256) const {
    return options_.out / fmt::format("{}-{}.zip", recipe.package.name, sha256);
  }
  fs::path record_of(const Recipe& recipe) const { return options_.out / (recipe.package.name + ".zip.json"); }

  /// A zip of the same inputs whose bytes are still those of its name is the one that would be built.
  void find_built(Recipe& recipe) {
    for (const Built& one : read_built(files_, record_of(recipe))) {
      if (one.inputs != recipe.inputs) continue;
      const auto zip = read_zip(zip_of(recipe, one.sha256));
      if (!zip || hex(sha256(*zip)) != one.sha256) continue;
      name(recipe.package, zip_of(recipe, one.sha256), one.sha256, zip->size());
      recipe.package.unchanged = true;
      ++done_;
      return;
    }
  }

  std::optional<std::string> read_zip(const fs::path& file) const {
    try {
      return files_.read(file, kMaxZip);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  static void name(Package& package, const fs::path& file, const std::string& sha256, std::size_t bytes) {
    package.file = file;
    package.sha256 = sha256;
    package.zipped_bytes = bytes;
  }

  /// The largest first: the last to be begun should not be the longest.
  void compress() {
    std::map<std::string, Blob*> needed;
    for (const Recipe& recipe : recipes_)
      if (!recipe.package.unchanged)
        for (const ProgramPart& part : recipe.parts) needed.emplace(part.blob, &blobs_.at(part.blob));
    std::vector<Blob*> order;
    std::size_t total = 0;
    for (const auto& [hash, blob] : needed) {
      order.push_back(blob);
      total += blob->content.size();
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Blob* a, const Blob* b) { return a->content.size() > b->content.size(); });
    std::size_t compressed = 0;
    const auto report = [&](std::size_t more) {
      const std::lock_guard lock(mutex_);
      compressed += more;
      if (options_.progress) options_.progress(compressed, total);
    };
    if (!order.empty()) report(0);
    in_parallel(order.size(), [&](std::size_t i) {
      order[i]->deflated = std::make_shared<const Deflated>(deflate_content(order[i]->content, options_.stop, report));
    });
  }

  void write(Recipe& recipe) {
    if (recipe.package.unchanged) return;
    std::vector<ZipEntry> entries;
    for (const ProgramPart& part : recipe.parts)
      entries.push_back({part.path, blobs_.at(part.blob).deflated, part.executable});
    const std::string zip = make_zip(entries);
    check_limit(recipe.package, "zipped", zip.size(), kMaxZippedBytes);
    const std::string digest = hex(sha256(zip));
    name(recipe.package, zip_of(recipe, digest), digest, zip.size());
    files_.write(recipe.package.file, zip);
    remember(recipe);
    ++done_;
  }

  /// The zip is there before the record says so. What falls off the record's end is removed: one more build of 90 MB
  /// for each change would fill the disk.
  void remember(const Recipe& recipe) {
    std::vector<Built> builds = read_built(files_, record_of(recipe));
    std::erase_if(builds,
                  [&](const Built& one) { return one.inputs == recipe.inputs || one.sha256 == recipe.package.sha256; });
    builds.insert(builds.begin(), {recipe.inputs, recipe.package.sha256});
    for (; builds.size() > kMaxKept; builds.pop_back()) files_.remove(zip_of(recipe, builds.back().sha256));
    files_.write(record_of(recipe), text_of(builds));
  }

  Files& files_;
  const PackageOptions& options_;
  std::vector<Recipe> recipes_;
  std::mutex mutex_;
  std::map<std::string, Blob> blobs_;  ///< by SHA-256 of the content
  std::atomic<std::size_t> done_{0};
};

std::vector<std::string> chosen(const std::vector<std::string>& only) {
  const std::vector<std::string>& names = package_names();
  for (const std::string& name : only)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Error(ErrorKind::kUsage, fmt::format("no package '{}'{}", name, did_you_mean(name, names)),
                  fmt::format("packages: {}", join(names, ", ")));
  std::vector<std::string> result;
  for (const std::string& name : names)
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) result.push_back(name);
  return result;
}

}  // namespace

bool is_for_instances(std::string_view package) {
  return package == kNode || package == kLab;
}

const std::vector<std::string>& package_names() {
  static const std::vector<std::string> kNames{"authorizer", "connect", "disconnect", "default", "message", "generate",
                                               "backend",    "push",    "rest-chat",  "auth",    kNode,     kLab};
  return kNames;
}

std::vector<Package> build_packages(Files& files, const PackageOptions& options) {
  return Packager(files, options, chosen(options.only)).run();
}

}  // namespace wsdeep::stack
