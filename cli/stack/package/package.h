#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Lambda's limits for the code of a function: what its API takes inline, and what it unpacks.
/// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
inline constexpr std::uint64_t kMaxZippedBytes = 50ULL << 20;
inline constexpr std::uint64_t kMaxUnzippedBytes = 250ULL << 20;

/// The names of the packages: the functions, which the template's CodeUri names as `…/NAME.zip`, `node`, which goes to
/// the instances of the fleet, and `lab`, which goes to the lab's server.
const std::vector<std::string>& package_names();
/// Whether it is one of the last two, which Lambda has nothing to do with.
bool is_for_instances(std::string_view package);

struct PackageOptions {
  std::filesystem::path binaries;  ///< folder of wsdeep-authorizer … wsdeep-generate and wsdeep-node
  std::filesystem::path out;       ///< folder of the zips; made when missing
  Architecture architecture = Architecture::kX86_64;  ///< of the functions; another one in a program is an error
  std::vector<std::string> only;                      ///< of package_names(); all when empty
  std::stop_token stop{};                             ///< ends the work soon after it is requested
  /// Folder of wsdeep-node, where it is another one: GPU nodes are x86_64, whatever the functions are.
  std::filesystem::path node_binaries{};
  /// How many bytes of those to be compressed are; never from two threads at once. Not called when nothing has changed.
  std::function<void(std::size_t done, std::size_t total)> progress{};
};

struct Package {
  std::string name;
  std::filesystem::path file;  ///< OUT/NAME-SHA256.zip
  std::string sha256;          ///< of the zip, hexadecimal
  std::uint64_t zipped_bytes = 0;
  std::uint64_t unzipped_bytes = 0;
  std::size_t libraries = 0;
  bool unchanged = false;  ///< an earlier build of the same inputs was there already
  bool own_libc = false;   ///< it brings its C library, because the build machine's is newer than the target's
};

/// Builds the zips, several at a time, and writes each whole or not at all; in the order of package_names().
/// A zip holds
///
///     bootstrap           a shell script that starts the program (`wsdeep-node` in the node's)
///     bin/wsdeep-NAME     the program, byte for byte
///     lib/…               the libraries that it needs, and the loader when it brings its own C library
///
/// and depends on nothing but those: no times, no owners, no paths of this machine. OUT/NAME.zip.json tells which
/// inputs the zips beside it were built from, so that those are not built again; the newest three are kept. Throws
/// Error{kNotFound} for a program that is not there, Error{kUsage} for one built for another architecture, for a
/// function's that is no handler, or an unknown name in `only`, and Error{kFailure} for a missing library and for a
/// function above Lambda's limits, and Error{kInterrupted} when `stop` kept it from some.
std::vector<Package> build_packages(Files& files, const PackageOptions& options);

}  // namespace wsdeep::stack
