#include "stack/package/package.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "support/elf_builder.h"
#include "support/memory_files.h"

namespace wsdeep::stack {
namespace {

using testing::ElfBuilder;

/// MemoryFiles for the several threads of a packager.
class SharedFiles final : public Files {
 public:
  std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) const override {
    const std::lock_guard lock(mutex_);
    return files.read(path, limit);
  }
  void write(const std::filesystem::path& path, std::string_view content, mode_t mode) override {
    const std::lock_guard lock(mutex_);
    files.write(path, content, mode);
  }
  bool remove(const std::filesystem::path& path) override { return files.remove(path); }

  testing::MemoryFiles files;

 private:
  mutable std::mutex mutex_;
};

std::string program_needing(std::vector<std::string> versions) {
  ElfBuilder builder;
  builder.interpreter = "/lib64/ld-linux-x86-64.so.2";
  builder.needed = {"libc.so.6"};
  builder.versions = std::move(versions);
  return builder.build();
}

/// What a program has in it that asks Lambda for events.
constexpr const char* kHandler = "AWS_LAMBDA_RUNTIME_API ";

class Packages : public ::testing::Test {
 protected:
  Packages() {
    for (const std::string& name : package_names())
      files_.files.contents["/build/wsdeep-" + name] = program_needing({"GLIBC_2.34"}) + kHandler + name;
    files_.files.contents["/lib/x86_64-linux-gnu/libc.so.6"] = ElfBuilder{}.build();
    files_.files.contents["/lib64/ld-linux-x86-64.so.2"] = ElfBuilder{}.build();
  }

  std::vector<Package> build(std::vector<std::string> only = {}) {
    return build_packages(files_, {"/build", "/out", Architecture::kX86_64, std::move(only)});
  }
  std::string message_of(const PackageOptions& options) {
    try {
      build_packages(files_, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "(no error)";
  }

  SharedFiles files_;
};

TEST_F(Packages, SayHowFarTheyAreAndStopWhenTheyAreTold) {
  std::size_t last = 0, all = 0;
  PackageOptions options{"/build", "/out", Architecture::kX86_64, {}};
  options.progress = [&](std::size_t done, std::size_t total) {
    EXPECT_GE(done, last);
    last = done;
    all = total;
  };
  EXPECT_EQ(build_packages(files_, options).size(), package_names().size());
  EXPECT_GT(all, 0u);
  EXPECT_EQ(last, all);
  std::stop_source stop;
  options.out = "/elsewhere";
  options.stop = stop.get_token();
  options.progress = [&](std::size_t, std::size_t) { stop.request_stop(); };
  try {
    build_packages(files_, options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), fmt::format("interrupted after 0 of {} packages", package_names().size()).c_str());
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
}

TEST_F(Packages, AreNotBuiltAgainWhenNothingHasChanged) {
  const std::vector<Package> first = build();
  for (const Package& one : first) EXPECT_FALSE(one.unchanged) << one.name;
  PackageOptions options{"/build", "/out", Architecture::kX86_64, {}};
  options.progress = [](std::size_t, std::size_t) { ADD_FAILURE() << "something was compressed"; };
  const std::vector<Package> second = build_packages(files_, options);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(second[i].unchanged) << second[i].name;
    EXPECT_EQ(second[i].sha256, first[i].sha256);
    EXPECT_EQ(second[i].file, first[i].file);
    EXPECT_EQ(second[i].zipped_bytes, first[i].zipped_bytes);
    EXPECT_EQ(second[i].unzipped_bytes, first[i].unzipped_bytes);
    EXPECT_EQ(second[i].libraries, first[i].libraries);
  }
}

TEST_F(Packages, AreBuiltAgainWhenTheirZipOrRecordIsDamagedOrALibraryChanges) {
  const Package first = build({"connect"})[0];
  const auto rebuilt = [&] {
    const Package again = build({"connect"})[0];
    EXPECT_EQ(again.zipped_bytes, files_.files.contents[again.file].size());
    return !again.unchanged;
  };
  files_.files.contents[first.file].pop_back();
  EXPECT_TRUE(rebuilt());
  EXPECT_FALSE(rebuilt());
  files_.files.contents.erase(first.file);
  EXPECT_TRUE(rebuilt());
  for (const char* record : {"", "{}", "[{\"inputs\": 1}]", "[{\"inputs\": \"x\", \"sha256\": \"../../etc\"}]"}) {
    files_.files.contents["/out/connect.zip.json"] = record;
    EXPECT_TRUE(rebuilt()) << record;
  }
  files_.files.contents["/build/wsdeep-connect"] = program_needing({"GLIBC_2.38"}) + kHandler + "connect";
  EXPECT_TRUE(rebuilt());
  EXPECT_FALSE(rebuilt());
  files_.files.contents["/lib/x86_64-linux-gnu/libc.so.6"] += "patched";
  EXPECT_TRUE(rebuilt());
}

TEST_F(Packages, KeepTheNewestThree) {
  std::vector<Package> built;
  for (int i = 0; i < 5; ++i) {
    files_.files.contents["/build/wsdeep-connect"] += "x";
    built.push_back(build({"connect"})[0]);
  }
  for (std::size_t i = 0; i < built.size(); ++i) EXPECT_EQ(files_.files.contents.contains(built[i].file), i >= 2) << i;
  files_.files.contents["/build/wsdeep-connect"].pop_back();
  EXPECT_TRUE(build({"connect"})[0].unchanged);
}

TEST_F(Packages, RefuseAProgramThatIsNoHandler) {
  files_.files.contents["/build/wsdeep-connect"] = program_needing({"GLIBC_2.34"});
  EXPECT_EQ(message_of({"/build", "/out", Architecture::kX86_64, {"connect"}}),
            "cannot package /build/wsdeep-connect: it is no handler, for it never asks Lambda's runtime for an event");
}

TEST_F(Packages, AreNamedByTheirContent) {
  const std::vector<Package> packages = build();
  ASSERT_EQ(packages.size(), package_names().size());
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const std::string& zip = files_.files.contents[packages[i].file];
    EXPECT_EQ(packages[i].name, package_names()[i]);
    EXPECT_EQ(packages[i].sha256, hex(sha256(zip)));
    EXPECT_EQ(packages[i].file, "/out/" + packages[i].name + "-" + packages[i].sha256 + ".zip");
    EXPECT_EQ(packages[i].zipped_bytes, zip.size());
  }
}

TEST_F(Packages, AreTheSameBytesForTheSameInputs) {
  const std::vector<Package> first = build(), second = build();
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].sha256, second[i].sha256) << first[i].name;
}

TEST_F(Packages, ChangeWithTheirProgramAlone) {
  const std::vector<Package> before = build();
  files_.files.contents["/build/wsdeep-connect"] += "x";
  const std::vector<Package> after = build();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i].sha256 != after[i].sha256, before[i].name == "connect") << before[i].name;
}

TEST_F(Packages, BringALibcOnlyWhenTheTargetsIsTooOld) {
  files_.files.contents["/build/wsdeep-message"] = program_needing({"GLIBC_2.38"}) + kHandler;
  const std::vector<Package> packages = build({"message", "connect"});
  ASSERT_EQ(packages.size(), 2u);
  EXPECT_FALSE(packages[0].own_libc);
  EXPECT_EQ(packages[0].libraries, 0u);
  EXPECT_TRUE(packages[1].own_libc);
  EXPECT_EQ(packages[1].libraries, 2u);
}

TEST_F(Packages, BringANodesScriptsAndServicesWithTheNodeAlone) {
  const std::vector<Package> packages = build({"connect", "node"});
  const auto has = [&](std::size_t package, std::string_view name) {
    return files_.files.contents[packages[package].file].find(name) != std::string::npos;
  };
  for (const char* name :
       {"setup", "prepare", "ready", "leave", "instance.sh", "wsdeep-node.service", "wsdeep.target"}) {
    EXPECT_FALSE(has(0, name)) << name;
    EXPECT_TRUE(has(1, name)) << name;
  }
}

TEST_F(Packages, RefuseAnotherArchitectureThanTheSettings) {
  EXPECT_EQ(message_of({"/build", "/out", Architecture::kArm64, {"connect"}}),
            "cannot package wsdeep-connect: it was built for x86_64, the settings say arm64");
}

TEST_F(Packages, AreX86ForNodesWhateverTheFunctionsAre) {
  PackageOptions options{"/build", "/out", Architecture::kArm64, {"node"}};
  EXPECT_EQ(build_packages(files_, options).at(0).name, "node");
  ElfBuilder arm;
  arm.machine = EM_AARCH64;
  files_.files.contents["/build/wsdeep-node"] = arm.build();
  EXPECT_EQ(message_of(options), "cannot package wsdeep-node: it was built for arm64, GPU nodes are x86_64");
  files_.files.contents["/x86/wsdeep-node"] = program_needing({"GLIBC_2.34"});
  options.node_binaries = "/x86";
  EXPECT_EQ(build_packages(files_, options).at(0).name, "node");
}

TEST_F(Packages, RefuseANameThatIsNone) {
  EXPECT_EQ(message_of({"/build", "/out", Architecture::kX86_64, {"conect"}}),
            "no package 'conect', did you mean 'connect'?");
}

TEST_F(Packages, RefuseAFunctionThatLambdaWouldNotUnpackButNotANode) {
  const std::string large(kMaxUnzippedBytes, '\0');
  files_.files.contents["/build/wsdeep-connect"] += large;
  files_.files.contents["/build/wsdeep-node"] += large;
  const std::string message = message_of({"/build", "/out", Architecture::kX86_64, {"connect"}});
  EXPECT_EQ(message.rfind("cannot package wsdeep-connect: 26214", 0), 0u) << message;
  EXPECT_NE(message.find(" bytes unzipped, Lambda takes 262144000"), std::string::npos) << message;
  EXPECT_EQ(build({"node"}).size(), 1u);
}

TEST_F(Packages, AreNotWrittenWhenTheirProgramIsMissing) {
  files_.files.contents.erase("/build/wsdeep-connect");
  EXPECT_EQ(message_of({"/build", "/out", Architecture::kX86_64, {"connect"}}),
            "cannot package /build/wsdeep-connect: there is no such file");
  for (const auto& [path, content] : files_.files.contents) EXPECT_NE(path.parent_path(), "/out") << path;
}

}  // namespace
}  // namespace wsdeep::stack
