#include "stack/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "aws/sigv4.h"
#include "base/error.h"
#include "base/text.h"
#include "stack/diagnostic.h"
#include "stack/shared_libraries.h"
#include "stack/zip.h"

namespace wsdeep::stack {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxProgramBytes = 512 << 20;
constexpr const char* kNode = "node";

std::string program_name(const std::string& package) {
  return package == kNode ? "wsdeep" : "wsdeep-" + package;
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

std::vector<ZipEntry> entries_of(const Files& files, const std::string& name, const fs::path& program,
                                 LibraryClosure& closure) {
  const std::string file = program.filename();
  std::vector<ZipEntry> entries;
  entries.push_back({name == kNode ? file : "bootstrap", start_script(file, closure), true});
  entries.push_back({"bin/" + file, files.read(program, kMaxProgramBytes).value_or(""), true});
  for (SharedLibrary& library : closure.libraries)
    entries.push_back({"lib/" + library.name, std::move(library.content), library.name == closure.loader});
  return entries;
}

void check_limit(const Package& package, std::string_view what, std::uint64_t bytes, std::uint64_t limit) {
  if (package.name == kNode || bytes <= limit) return;
  throw Error(
      ErrorKind::kFailure,
      fmt::format("cannot package {}: {} bytes {}, Lambda takes {}", program_name(package.name), bytes, what, limit),
      "build a release (cmake --preset release): debug information is what makes programs large");
}

Package build_one(Files& files, const PackageOptions& options, const std::string& name) {
  const fs::path program = options.binaries / program_name(name);
  LibraryClosure closure = find_libraries(files, program, options.architecture);
  Package package;
  package.name = name;
  package.libraries = closure.libraries.size();
  package.own_libc = closure.own_libc;
  const std::vector<ZipEntry> entries = entries_of(files, name, program, closure);
  for (const ZipEntry& entry : entries) package.unzipped_bytes += entry.content.size();
  check_limit(package, "unzipped", package.unzipped_bytes, kMaxUnzippedBytes);
  const std::string zip = make_zip(entries);
  package.zipped_bytes = zip.size();
  check_limit(package, "zipped", package.zipped_bytes, kMaxZippedBytes);
  package.sha256 = hex(aws::sha256(zip));
  package.file = options.out / fmt::format("{}-{}.zip", name, package.sha256);
  files.write(package.file, zip);
  return package;
}

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

const std::vector<std::string>& package_names() {
  static const std::vector<std::string> kNames{"authorizer", "connect",  "disconnect", "default",
                                               "message",    "generate", kNode};
  return kNames;
}

std::vector<Package> build_packages(Files& files, const PackageOptions& options) {
  const std::vector<std::string> names = chosen(options.only);
  std::vector<Package> packages(names.size());
  std::vector<std::exception_ptr> faults(names.size());
  std::atomic<std::size_t> next{0};
  std::size_t done = 0;
  std::mutex mutex;
  const auto report = [&](std::size_t more) {
    const std::lock_guard lock(mutex);
    done += more;
    if (options.progress) options.progress(done, names.size());
  };
  report(0);
  const auto work = [&] {
    for (std::size_t i = next++; i < names.size() && !options.stop.stop_requested(); i = next++) try {
        packages[i] = build_one(files, options, names[i]);
        report(1);
      } catch (...) {
        faults[i] = std::current_exception();
      }
  };
  {
    const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, names.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work);
  }
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
  if (done < names.size())
    throw Error(ErrorKind::kInterrupted, fmt::format("interrupted after {} of {} packages", done, names.size()));
  return packages;
}

}  // namespace wsdeep::stack
