#include "stack/package/elf_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/elf_builder.h"

namespace wsdeep::stack {
namespace {

using testing::ElfBuilder;
using Texts = std::vector<std::string>;

ElfBuilder a_program() {
  return {EM_X86_64, "/lib64/ld-linux-x86-64.so.2",  {"liba.so.1", "libc.so.6"}, "/opt/a:/opt/b",
          "$ORIGIN", {"GLIBC_2.34", "GLIBC_PRIVATE"}};
}

TEST(ElfFile, TellsWhatTheLoaderWouldRead) {
  const auto file = read_elf(a_program().build(), "program");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->architecture, Architecture::kX86_64);
  EXPECT_EQ(file->interpreter, "/lib64/ld-linux-x86-64.so.2");
  EXPECT_EQ(file->needed, (Texts{"liba.so.1", "libc.so.6"}));
  EXPECT_EQ(file->rpath, (Texts{"/opt/a", "/opt/b"}));
  EXPECT_EQ(file->runpath, Texts{"$ORIGIN"});
  EXPECT_EQ(file->versions, (Texts{"GLIBC_2.34", "GLIBC_PRIVATE"}));
}

TEST(ElfFile, KnowsArm) {
  ElfBuilder builder = a_program();
  builder.machine = EM_AARCH64;
  EXPECT_EQ(read_elf(builder.build(), "program")->architecture, Architecture::kArm64);
}

TEST(ElfFile, PassesOverWhatIsNoElfFileForUs) {
  EXPECT_FALSE(read_elf("", "empty"));
  EXPECT_FALSE(read_elf("/* GNU ld script */ GROUP ( /lib/libc.so.6 ) and some more text to fill a header", "libc.so"));
  ElfBuilder builder = a_program();
  builder.machine = EM_386;
  EXPECT_FALSE(read_elf(builder.build(), "other machine"));
  std::string narrow = a_program().build();
  narrow[EI_CLASS] = ELFCLASS32;
  EXPECT_FALSE(read_elf(narrow, "32 bits"));
}

TEST(ElfFile, RefusesEveryTruncationThatLosesATable) {
  const std::string whole = a_program().build();
  std::size_t refused = 0;
  for (std::size_t size = sizeof(Elf64_Ehdr); size < whole.size(); ++size) try {
      read_elf(std::string_view(whole).substr(0, size), "cut");
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).rfind("cannot read cut: broken ELF file: ", 0), 0u) << error.what();
    }
  EXPECT_EQ(refused, whole.size() - sizeof(Elf64_Ehdr));
}

TEST(ElfFile, SurvivesEveryByteChanged) {
  const std::string whole = a_program().build();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char value : {'\x00', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[at] = value;
      try {
        read_elf(changed, "changed");
      } catch (const Error&) {
        continue;  // refused is as good as read: the sanitizers look for what is neither
      }
    }
}

TEST(ElfFile, ReadsThisVeryProgram) {
  const auto bytes = DiskFiles().read("/proc/self/exe", 512 << 20);
  const auto file = read_elf(bytes.value(), "self");
  ASSERT_TRUE(file);
  EXPECT_NE(std::find(file->needed.begin(), file->needed.end(), "libc.so.6"), file->needed.end());
  EXPECT_NE(file->interpreter.find("ld-linux"), std::string::npos);
}

}  // namespace
}  // namespace wsdeep::stack
