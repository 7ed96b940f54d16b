// Finds libraries as ld.so does (ld.so(8)), breadth first from the program. For each name in DT_NEEDED:
//
//   1. DT_RPATH of the object that needs it and of those that loaded that one, unless the object has a DT_RUNPATH;
//   2. (LD_LIBRARY_PATH is left out: the same inputs must give the same package, whatever the shell has set);
//   3. DT_RUNPATH of the object that needs it;
//   4. /etc/ld.so.cache;
//   5. the loader's own folders.
//
// A file for another machine is passed over, and a name that was found once is found for all. Builds for newer
// processors (glibc-hwcaps) are passed over too: this machine's processor is not the target's.
//
// Then one question decides what goes along. Symbols of glibc carry the version that introduced them, GLIBC_2.36. When
// no object asks for one above the target's, libc's own family (libc, libm, the loader …) stays at home: the target's
// is as good. When one does, the whole family must come, because its members know each other's private symbols
// (GLIBC_PRIVATE) and none of them works with a foreign loader.

#include "stack/package/shared_libraries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::stack {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxObjectBytes = 512 << 20;
constexpr std::size_t kMaxLibraries = 1000;
constexpr const char* kCacheFile = "/etc/ld.so.cache";

/// glibc's packages name them so since 2.34 merged most of them into libc; the others are empty shells by now.
constexpr std::string_view kLibcFamily[] = {"ld-linux-x86-64.so.2",
                                            "ld-linux-aarch64.so.1",
                                            "libc.so.6",
                                            "libm.so.6",
                                            "libpthread.so.0",
                                            "libdl.so.2",
                                            "librt.so.1",
                                            "libresolv.so.2",
                                            "libutil.so.1",
                                            "libanl.so.1",
                                            "libmvec.so.1",
                                            "libBrokenLocale.so.1"};

bool is_libc_family(std::string_view name) {
  return std::find(std::begin(kLibcFamily), std::end(kLibcFamily), name) != std::end(kLibcFamily);
}

/// GLIBC_2.36 is newer than a target with 2.34, and so is every GLIBC_ABI_… marker, all younger than that.
bool is_newer_libc(std::string_view version) {
  constexpr std::string_view prefix = "GLIBC_";
  if (!version.starts_with(prefix) || version == "GLIBC_PRIVATE") return false;
  const auto parts = split(version.substr(prefix.size()), '.');
  const auto major = parse_integer(parts[0], 0, 1000);
  const auto minor = parts.size() > 1 ? parse_integer(parts[1], 0, 1000) : std::nullopt;
  return !major || !minor || *major > 2 || (*major == 2 && *minor > kTargetLibcMinor);
}

std::vector<std::string> system_folders(Architecture architecture) {
  const bool arm = architecture == Architecture::kArm64;
  const std::string triplet = arm ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return {"/lib/" + triplet, "/usr/lib/" + triplet, "/lib64", "/usr/lib64", "/lib", "/usr/lib"};
}

/// /etc/ld.so.cache as ldconfig writes it since glibc 2.2 ("glibc-ld.so.cache1.1"): a header of 48 bytes with the
/// number of entries at byte 20, then entries of 24 bytes {flags, key, value, os version, hwcap}, of which key and
/// value are offsets of texts from the file's start. A cache that is not so is no cache.
std::multimap<std::string, std::string, std::less<>> read_cache(const Files& files) {
  constexpr std::string_view magic = "glibc-ld.so.cache1.1";
  constexpr std::size_t header_bytes = 48, entry_bytes = 24, count_at = 20;
  std::multimap<std::string, std::string, std::less<>> paths;
  const std::string cache = files.read(kCacheFile, 64 << 20).value_or("");
  if (cache.size() < header_bytes || !cache.starts_with(magic)) return paths;
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, cache.data() + at, sizeof value);
    return value;
  };
  const std::size_t count = std::min<std::size_t>(number(count_at), (cache.size() - header_bytes) / entry_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = header_bytes + i * entry_bytes;
    const std::size_t key = number(entry + 4), value = number(entry + 8);
    const bool for_any_processor = number(entry + 16) == 0 && number(entry + 20) == 0;
    if (!for_any_processor || key >= cache.size() || value >= cache.size()) continue;
    // The string's own terminator ends the last text at the latest.
    paths.emplace(cache.c_str() + key, cache.c_str() + value);
  }
  return paths;
}

/// An object in the order of loading.
struct Object {
  ElfFile elf;
  std::string name;                 ///< for messages
  std::string origin;               ///< the folder that $ORIGIN stands for
  std::vector<std::string> rpaths;  ///< its own and its loaders'
};

std::string expand_origin(std::string folder, const std::string& origin) {
  for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"})
    for (std::size_t at = folder.find(token); at != std::string::npos; at = folder.find(token, at + origin.size()))
      folder.replace(at, token.size(), origin);
  return folder;
}

/// DT_RPATH of an object as its dependencies see it: nothing when there is a DT_RUNPATH, which replaces it.
std::vector<std::string> own_rpaths(const ElfFile& elf, const std::string& origin) {
  std::vector<std::string> folders;
  if (!elf.runpath.empty()) return folders;
  for (const std::string& folder : elf.rpath) folders.push_back(expand_origin(folder, origin));
  return folders;
}

class Finder {
 public:
  Finder(const Files& files, Architecture architecture)
      : files_(files), architecture_(architecture), cache_(read_cache(files)) {}

  /// Everything that `program` needs, libc's family included, by name.
  std::map<std::string, std::string> find_all(Object program) {
    queue_.push_back(std::move(program));
    while (!queue_.empty()) {
      const Object object = std::move(queue_.front());
      queue_.pop_front();
      for (const std::string& name : object.elf.needed)
        if (!found_.contains(name)) find(name, object);
    }
    return std::move(found_);
  }

  bool wants_newer_libc() const { return wants_newer_libc_; }

  void note_versions(const ElfFile& elf) {
    wants_newer_libc_ = wants_newer_libc_ || std::any_of(elf.versions.begin(), elf.versions.end(), is_newer_libc);
  }

 private:
  std::vector<fs::path> candidates(const std::string& name, const Object& object) const {
    std::vector<fs::path> paths;
    const auto add = [&](const std::vector<std::string>& folders) {
      for (const std::string& folder : folders) paths.push_back(fs::path(folder) / name);
    };
    if (object.elf.runpath.empty()) add(object.rpaths);
    for (const std::string& folder : object.elf.runpath)
      paths.push_back(fs::path(expand_origin(folder, object.origin)) / name);
    const auto [first, last] = cache_.equal_range(name);
    for (auto entry = first; entry != last; ++entry) paths.emplace_back(entry->second);
    add(system_folders(architecture_));
    return paths;
  }

  void find(const std::string& name, const Object& needed_by) {
    if (name.empty() || name.find('/') != std::string::npos)
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot package {}: it needs a library by its path, '{}'", needed_by.name, name),
                  "link it by its name instead");
    for (const fs::path& path : candidates(name, needed_by)) {
      auto content = files_.read(path, kMaxObjectBytes);
      if (!content) continue;
      auto elf = read_elf(*content, path);
      if (!elf || elf->architecture != architecture_) continue;
      return take(name, path, std::move(*content), std::move(*elf), needed_by);
    }
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot package: {}, needed by {}, is not on this machine", name, needed_by.name),
                "install the package that brings it, or build the program again");
  }

  void take(const std::string& name, const fs::path& path, std::string content, ElfFile elf, const Object& loader) {
    if (found_.size() >= kMaxLibraries) throw Error(ErrorKind::kFailure, "cannot package: too many libraries");
    if (!is_libc_family(name)) note_versions(elf);
    Object object{std::move(elf), name, path.parent_path(), {}};
    object.rpaths = own_rpaths(object.elf, object.origin);
    object.rpaths.insert(object.rpaths.end(), loader.rpaths.begin(), loader.rpaths.end());
    found_.emplace(name, std::move(content));
    queue_.push_back(std::move(object));
  }

  const Files& files_;
  Architecture architecture_;
  std::multimap<std::string, std::string, std::less<>> cache_;
  std::deque<Object> queue_;
  std::map<std::string, std::string> found_;
  bool wants_newer_libc_ = false;
};

std::string_view architecture_name(Architecture architecture) {
  return architecture == Architecture::kArm64 ? "arm64" : "x86_64";
}

ElfFile read_program(const Files& files, const fs::path& program, const Machine& wanted) {
  const auto content = files.read(program, kMaxObjectBytes);
  if (!content)
    throw Error(ErrorKind::kNotFound, fmt::format("cannot package {}: there is no such file", program.string()),
                "build it, or name the folder of the programs with --binaries");
  const auto elf = read_elf(*content, program);
  if (!elf)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot package {}: it is no program for 64-bit Linux", program.string()));
  if (elf->architecture != wanted.architecture)
    throw Error(ErrorKind::kUsage,
                fmt::format("cannot package {}: it was built for {}, {} {}", program.filename().string(),
                            architecture_name(elf->architecture), wanted.says, architecture_name(wanted.architecture)),
                wanted.hint);
  return *elf;
}

/// Adds the loader that the program asks for; its name.
std::string add_loader(const Files& files, const ElfFile& program, const std::string& name,
                       std::map<std::string, std::string>& libraries) {
  const fs::path path = program.interpreter;
  auto content = path.is_absolute() ? files.read(path, kMaxObjectBytes) : std::nullopt;
  if (!content)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot package {}: its loader '{}' is not on this machine", name, path.string()));
  libraries.insert_or_assign(path.filename(), std::move(*content));
  return path.filename();
}

}  // namespace

LibraryClosure find_libraries(const Files& files, const fs::path& program, const Machine& machine) {
  LibraryClosure closure;
  closure.program = read_program(files, program, machine);
  Object object{closure.program, program.filename(), fs::absolute(program).parent_path(), {}};
  object.rpaths = own_rpaths(object.elf, object.origin);
  Finder finder(files, machine.architecture);
  finder.note_versions(closure.program);
  std::map<std::string, std::string> found = finder.find_all(std::move(object));
  closure.own_libc = finder.wants_newer_libc();
  if (closure.own_libc)
    closure.loader = add_loader(files, closure.program, program.filename(), found);
  else
    std::erase_if(found, [](const auto& library) { return is_libc_family(library.first); });
  for (auto& [name, content] : found) closure.libraries.push_back({name, std::move(content)});
  return closure;
}

}  // namespace wsdeep::stack
