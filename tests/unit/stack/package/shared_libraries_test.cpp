#include "stack/package/shared_libraries.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/elf_builder.h"
#include "support/memory_files.h"

namespace wsdeep::stack {
namespace {

using testing::ElfBuilder;
using testing::MemoryFiles;
using LibraryTexts = std::vector<std::string>;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kSystem = "/lib/x86_64-linux-gnu/";

std::string library(LibraryTexts needed = {}, LibraryTexts versions = {}) {
  ElfBuilder builder;
  builder.needed = std::move(needed);
  builder.versions = std::move(versions);
  return builder.build();
}

std::string program(LibraryTexts needed, LibraryTexts versions = {"GLIBC_2.34"}) {
  ElfBuilder builder;
  builder.interpreter = kLoader;
  builder.needed = std::move(needed);
  builder.versions = std::move(versions);
  return builder.build();
}

/// A machine with a C library and a loader.
MemoryFiles machine() {
  MemoryFiles files;
  files.contents[kLoader] = library();
  files.contents[std::string(kSystem) + "libc.so.6"] = library({}, {"GLIBC_PRIVATE", "GLIBC_2.36"});
  files.contents[std::string(kSystem) + "libm.so.6"] = library({"libc.so.6"});
  return files;
}

void add_library(MemoryFiles& files, const std::string& name, const std::string& content) {
  files.contents[kSystem + name] = content;
}

LibraryTexts names(const LibraryClosure& closure) {
  LibraryTexts result;
  for (const SharedLibrary& one : closure.libraries) result.push_back(one.name);
  return result;
}

std::string message_of(const Files& files) {
  try {
    find_libraries(files, "/build/program", {Architecture::kX86_64});
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

/// One entry of an ld.so.cache.
struct CacheEntry {
  std::string key;
  std::string value;
  std::uint64_t hwcap = 0;
};

std::string cache_of(const std::vector<CacheEntry>& entries) {
  std::string cache = "glibc-ld.so.cache1.1";
  const auto number = [&](std::uint32_t value) { cache.append(reinterpret_cast<const char*>(&value), 4); };
  number(static_cast<std::uint32_t>(entries.size()));
  cache.resize(48, '\0');
  std::string strings;
  const std::size_t strings_at = 48 + entries.size() * 24;
  for (const CacheEntry& entry : entries) {
    number(0x0303);
    number(static_cast<std::uint32_t>(strings_at + strings.size()));
    strings += entry.key + '\0';
    number(static_cast<std::uint32_t>(strings_at + strings.size()));
    strings += entry.value + '\0';
    number(0);
    cache.append(reinterpret_cast<const char*>(&entry.hwcap), 8);
  }
  return cache + strings;
}

TEST(SharedLibraries, LeaveTheTargetsLibcAloneWhenItIsNewEnough) {
  MemoryFiles files = machine();
  add_library(files, "liba.so.1", library({"libb.so.2", "libm.so.6", "libc.so.6"}, {"GLIBC_2.4", "GLIBCXX_3.4.30"}));
  add_library(files, "libb.so.2", library({"libc.so.6"}));
  files.contents["/build/program"] = program({"liba.so.1", "libc.so.6"});
  const LibraryClosure closure = find_libraries(files, "/build/program", {Architecture::kX86_64});
  EXPECT_FALSE(closure.own_libc);
  EXPECT_EQ(closure.loader, "");
  EXPECT_EQ(names(closure), (LibraryTexts{"liba.so.1", "libb.so.2"}));
}

TEST(SharedLibraries, BringTheWholeLibcWhenAnyLibraryWantsANewerOne) {
  MemoryFiles files = machine();
  add_library(files, "liba.so.1", library({"libb.so.2"}));
  add_library(files, "libb.so.2", library({"libm.so.6", "libc.so.6"}, {"GLIBC_2.36"}));
  files.contents["/build/program"] = program({"liba.so.1", "libc.so.6"});
  const LibraryClosure closure = find_libraries(files, "/build/program", {Architecture::kX86_64});
  EXPECT_TRUE(closure.own_libc);
  EXPECT_EQ(closure.loader, "ld-linux-x86-64.so.2");
  EXPECT_EQ(names(closure), (LibraryTexts{"ld-linux-x86-64.so.2", "liba.so.1", "libb.so.2", "libc.so.6", "libm.so.6"}));
}

TEST(SharedLibraries, CountTheMarkersOfYoungLinkersAsNewerThanTheTarget) {
  MemoryFiles files = machine();
  files.contents["/build/program"] = program({"libc.so.6"}, {"GLIBC_ABI_DT_RELR"});
  EXPECT_TRUE(find_libraries(files, "/build/program", {Architecture::kX86_64}).own_libc);
}

TEST(SharedLibraries, ComeFromRunpathThenCacheThenTheLoadersFolders) {
  MemoryFiles files = machine();
  const std::string from_runpath = library({"libc.so.6"}), from_cache = library({}),
                    from_system = library({"libm.so.6"});
  files.contents["/build/lib/liba.so.1"] = from_runpath;
  files.contents["/usr/local/lib/liba.so.1"] = files.contents["/usr/local/lib/libb.so.1"] = from_cache;
  for (const char* name : {"liba.so.1", "libb.so.1", "libc.so.1"}) add_library(files, name, from_system);
  files.contents["/etc/ld.so.cache"] =
      cache_of({{"liba.so.1", "/usr/local/lib/liba.so.1"}, {"libb.so.1", "/usr/local/lib/libb.so.1"}});
  ElfBuilder builder;
  builder.interpreter = kLoader;
  builder.needed = {"liba.so.1", "libb.so.1", "libc.so.1"};
  builder.rpath = "/usr/local/lib";  // counts for nothing beside a runpath
  builder.runpath = "$ORIGIN/lib";
  files.contents["/build/program"] = builder.build();
  const LibraryClosure closure = find_libraries(files, "/build/program", {Architecture::kX86_64});
  ASSERT_EQ(names(closure), (LibraryTexts{"liba.so.1", "libb.so.1", "libc.so.1"}));
  EXPECT_EQ(closure.libraries[0].content, from_runpath);
  EXPECT_EQ(closure.libraries[1].content, from_cache);
  EXPECT_EQ(closure.libraries[2].content, from_system);
}

TEST(SharedLibraries, InheritTheRpathOfWhoLoadsThem) {
  MemoryFiles files = machine();
  files.contents["/build/lib/liba.so.1"] = library({"libb.so.1"});
  files.contents["/build/lib/libb.so.1"] = library();
  ElfBuilder builder;
  builder.interpreter = kLoader;
  builder.needed = {"liba.so.1"};
  builder.rpath = "${ORIGIN}/lib";
  files.contents["/build/program"] = builder.build();
  EXPECT_EQ(names(find_libraries(files, "/build/program", {Architecture::kX86_64})),
            (LibraryTexts{"liba.so.1", "libb.so.1"}));
}

TEST(SharedLibraries, PassOverBuildsForOtherMachinesAndNewerProcessors) {
  MemoryFiles files = machine();
  ElfBuilder arm;
  arm.machine = EM_AARCH64;
  files.contents["/arm/liba.so.1"] = arm.build();
  files.contents["/v3/liba.so.1"] = library({"libm.so.6"});
  const std::string baseline = library({"libc.so.6"});
  add_library(files, "liba.so.1", baseline);
  files.contents["/etc/ld.so.cache"] =
      cache_of({{"liba.so.1", "/v3/liba.so.1", 1ULL << 62}, {"liba.so.1", "/arm/liba.so.1"}});
  files.contents["/build/program"] = program({"liba.so.1"});
  const LibraryClosure closure = find_libraries(files, "/build/program", {Architecture::kX86_64});
  ASSERT_EQ(names(closure), LibraryTexts{"liba.so.1"});
  EXPECT_EQ(closure.libraries[0].content, baseline);
}

TEST(SharedLibraries, SurviveABrokenCache) {
  MemoryFiles files = machine();
  add_library(files, "liba.so.1", library());
  files.contents["/build/program"] = program({"liba.so.1"});
  const std::string cache = cache_of({{"liba.so.1", "/nowhere/liba.so.1"}});
  for (std::size_t size = 0; size < cache.size(); ++size) {
    files.contents["/etc/ld.so.cache"] = cache.substr(0, size);
    EXPECT_EQ(names(find_libraries(files, "/build/program", {Architecture::kX86_64})), LibraryTexts{"liba.so.1"})
        << size;
  }
}

TEST(SharedLibraries, MissingAreNamedWithWhoNeedsThem) {
  MemoryFiles files = machine();
  add_library(files, "liba.so.1", library({"libgone.so.3"}));
  files.contents["/build/program"] = program({"liba.so.1"});
  EXPECT_EQ(message_of(files), "cannot package: libgone.so.3, needed by liba.so.1, is not on this machine");
}

TEST(SharedLibraries, NeededByPathAreRefused) {
  MemoryFiles files = machine();
  files.contents["/build/program"] = program({"../liba.so"});
  EXPECT_EQ(message_of(files), "cannot package program: it needs a library by its path, '../liba.so'");
}

TEST(SharedLibraries, WantAProgramThatIsThereAndIsOne) {
  MemoryFiles files = machine();
  EXPECT_EQ(message_of(files), "cannot package /build/program: there is no such file");
  files.contents["/build/program"] = "#!/bin/sh\n";
  EXPECT_EQ(message_of(files), "cannot package /build/program: it is no program for 64-bit Linux");
}

}  // namespace
}  // namespace wsdeep::stack
