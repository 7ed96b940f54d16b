#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

namespace wsdeep::testing {

/// The smallest ELF file that a dynamic loader would find something to load in. It holds no code.
struct ElfBuilder {
  std::uint16_t machine = EM_X86_64;
  std::string interpreter;
  std::vector<std::string> needed;
  std::string rpath;
  std::string runpath;
  std::vector<std::string> versions;  ///< required of libc.so.6

  std::string build() const;
};

namespace elf_detail {

/// Bytes that grow; `add` answers where what it added starts.
struct Bytes {
  std::string data;

  template <typename T>
  std::size_t add(const T& value) {
    const std::size_t at = data.size();
    data.append(reinterpret_cast<const char*>(&value), sizeof value);
    return at;
  }
  std::uint32_t text(const std::string& value) {
    const std::size_t at = data.size();
    data.append(value.c_str(), value.size() + 1);
    return static_cast<std::uint32_t>(at);
  }
};

inline std::string version_chain(const std::vector<std::string>& versions, Bytes& strings) {
  Bytes chain;
  Elf64_Verneed need{1, static_cast<Elf64_Half>(versions.size()), strings.text("libc.so.6"), sizeof(Elf64_Verneed), 0};
  chain.add(need);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const bool last = i + 1 == versions.size();
    chain.add(
        Elf64_Vernaux{0, 0, 2, strings.text(versions[i]), last ? 0 : static_cast<Elf64_Word>(sizeof(Elf64_Vernaux))});
  }
  return chain.data;
}

}  // namespace elf_detail

inline std::string ElfBuilder::build() const {
  constexpr std::uint64_t base = 0x400000;  // addresses are not offsets, as in most programs
  elf_detail::Bytes strings{std::string(1, '\0')};
  std::vector<Elf64_Dyn> dynamic;
  const auto entry = [&](Elf64_Sxword tag, std::uint64_t value) { dynamic.push_back({tag, {value}}); };
  for (const std::string& name : needed) entry(DT_NEEDED, strings.text(name));
  if (!rpath.empty()) entry(DT_RPATH, strings.text(rpath));
  if (!runpath.empty()) entry(DT_RUNPATH, strings.text(runpath));
  const std::string chain = elf_detail::version_chain(versions, strings);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = interpreter.empty() ? 2 : 3;
  const std::uint64_t interpreter_at = sizeof header + header.e_phnum * sizeof(Elf64_Phdr);
  const std::uint64_t strings_at = interpreter_at + (interpreter.empty() ? 0 : interpreter.size() + 1);
  const std::uint64_t chain_at = strings_at + strings.data.size();
  const std::uint64_t dynamic_at = chain_at + (versions.empty() ? 0 : chain.size());
  entry(DT_STRTAB, base + strings_at);
  if (!versions.empty()) {
    entry(DT_VERNEED, base + chain_at);
    entry(DT_VERNEEDNUM, 1);
  }
  entry(DT_NULL, 0);
  const std::uint64_t total = dynamic_at + dynamic.size() * sizeof(Elf64_Dyn);

  elf_detail::Bytes file;
  file.add(header);
  file.add(Elf64_Phdr{PT_LOAD, PF_R, 0, base, base, total, total, 0x1000});
  file.add(Elf64_Phdr{PT_DYNAMIC, PF_R, dynamic_at, base + dynamic_at, 0, total - dynamic_at, total - dynamic_at, 8});
  if (!interpreter.empty())
    file.add(Elf64_Phdr{PT_INTERP, PF_R, interpreter_at, base + interpreter_at, 0, interpreter.size() + 1,
                        interpreter.size() + 1, 1});
  if (!interpreter.empty()) file.text(interpreter);
  file.data += strings.data;
  if (!versions.empty()) file.data += chain;
  for (const Elf64_Dyn& one : dynamic) file.add(one);
  return file.data;
}

}  // namespace wsdeep::testing
