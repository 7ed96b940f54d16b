// What a zip must hold is decided by the tables that the dynamic loader itself reads, not by the sections, which a
// stripped file need not have. From the ELF header we go to the program headers, and from those to three things:
//
//   PT_INTERP    the path of the loader, as text
//   PT_LOAD      which file bytes stand at which virtual address; the dynamic table speaks in addresses
//   PT_DYNAMIC   pairs (tag, value). DT_STRTAB is the address of all names; DT_NEEDED, DT_RPATH and DT_RUNPATH are
//                offsets of names in it. DT_VERNEED is the address of a chain, one link for each library whose symbol
//                versions are required (Verneed), and on each hangs a chain of the versions (Vernaux). Links are
//                distances from the link before, the last is 0.
//
// A file is hostile until checked: every read goes through `Image::at`, which refuses what is not inside the file, and
// every chain has a length that it may not pass. Layouts: System V ABI, chapters 4 and 5; versions: LSB Core, 10.7.

#include "stack/package/elf_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxHeaders = 1024;
constexpr std::size_t kMaxDynamic = 65536;
constexpr std::size_t kMaxVersions = 65536;
constexpr std::size_t kMaxText = 4096;

class Image {
 public:
  Image(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kFailure, fmt::format("cannot read {}: broken ELF file: {}", name_, why));
  }

  template <typename T>
  T at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T))
      fail(fmt::format("offset {} is outside of it", offset));
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  /// The zero-terminated text at `offset`.
  std::string text(std::uint64_t offset) const {
    if (offset >= bytes_.size()) fail(fmt::format("offset {} is outside of it", offset));
    const std::string_view rest = bytes_.substr(offset, kMaxText);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) fail("a name does not end");
    return std::string(rest.substr(0, end));
  }

 private:
  std::string_view bytes_;
  const std::string& name_;
};

/// The addresses and offsets that the dynamic table names; an address 0 means that it does not.
struct DynamicTable {
  std::uint64_t strings = 0;
  std::uint64_t versions = 0;
  std::uint64_t version_count = 0;
  std::vector<std::uint64_t> needed;
  std::optional<std::uint64_t> rpath;
  std::optional<std::uint64_t> runpath;
};

std::optional<Architecture> architecture_of(std::string_view bytes) {
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB)
    return std::nullopt;
  if (header.e_machine == EM_X86_64) return Architecture::kX86_64;
  if (header.e_machine == EM_AARCH64) return Architecture::kArm64;
  return std::nullopt;
}

std::vector<Elf64_Phdr> program_headers(const Image& image) {
  const auto header = image.at<Elf64_Ehdr>(0);
  if (header.e_phnum > kMaxHeaders) image.fail("too many program headers");
  if (header.e_phnum > 0 && header.e_phentsize != sizeof(Elf64_Phdr)) image.fail("program headers of another size");
  std::vector<Elf64_Phdr> headers;
  for (std::size_t i = 0; i < header.e_phnum; ++i)
    headers.push_back(image.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr)));
  return headers;
}

std::uint64_t offset_of(const Image& image, const std::vector<Elf64_Phdr>& headers, std::uint64_t address) {
  for (const Elf64_Phdr& header : headers)
    if (header.p_type == PT_LOAD && address >= header.p_vaddr && address - header.p_vaddr < header.p_filesz)
      return header.p_offset + (address - header.p_vaddr);
  image.fail(fmt::format("address {:#x} is in no segment", address));
}

DynamicTable read_dynamic(const Image& image, std::uint64_t offset) {
  DynamicTable table;
  for (std::size_t i = 0; i < kMaxDynamic; ++i) {
    const auto entry = image.at<Elf64_Dyn>(offset + i * sizeof(Elf64_Dyn));
    const std::uint64_t value = entry.d_un.d_val;
    if (entry.d_tag == DT_NULL) return table;
    if (entry.d_tag == DT_STRTAB) table.strings = value;
    if (entry.d_tag == DT_VERNEED) table.versions = value;
    if (entry.d_tag == DT_VERNEEDNUM) table.version_count = value;
    if (entry.d_tag == DT_NEEDED) table.needed.push_back(value);
    if (entry.d_tag == DT_RPATH) table.rpath = value;
    if (entry.d_tag == DT_RUNPATH) table.runpath = value;
  }
  image.fail("the dynamic table does not end");
}

std::vector<std::string> read_versions(const Image& image, std::uint64_t link, std::uint64_t count,
                                       std::uint64_t strings) {
  std::vector<std::string> versions;
  if (count > kMaxVersions) image.fail("too many required versions");
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto need = image.at<Elf64_Verneed>(link);
    std::uint64_t inner = link + need.vn_aux;
    for (std::size_t j = 0; j < need.vn_cnt; ++j) {
      const auto version = image.at<Elf64_Vernaux>(inner);
      versions.push_back(image.text(strings + version.vna_name));
      if (versions.size() > kMaxVersions) image.fail("too many required versions");
      inner += version.vna_next;
    }
    if (need.vn_next == 0) break;
    link += need.vn_next;
  }
  return versions;
}

std::vector<std::string> search_path(const std::string& text) {
  std::vector<std::string> folders;
  for (const std::string_view folder : split(text, ':'))
    if (!folder.empty()) folders.emplace_back(folder);
  return folders;
}

void resolve_names(const Image& image, const std::vector<Elf64_Phdr>& headers, const DynamicTable& table,
                   ElfFile& file) {
  if (table.strings == 0) return;
  const std::uint64_t strings = offset_of(image, headers, table.strings);
  for (const std::uint64_t name : table.needed) file.needed.push_back(image.text(strings + name));
  if (table.rpath) file.rpath = search_path(image.text(strings + *table.rpath));
  if (table.runpath) file.runpath = search_path(image.text(strings + *table.runpath));
  if (table.versions != 0)
    file.versions = read_versions(image, offset_of(image, headers, table.versions), table.version_count, strings);
}

}  // namespace

std::optional<ElfFile> read_elf(std::string_view bytes, const std::string& name) {
  const auto architecture = architecture_of(bytes);
  if (!architecture) return std::nullopt;
  ElfFile file;
  file.architecture = *architecture;
  const Image image(bytes, name);
  const std::vector<Elf64_Phdr> headers = program_headers(image);
  for (const Elf64_Phdr& header : headers) {
    if (header.p_type == PT_INTERP) file.interpreter = image.text(header.p_offset);
    if (header.p_type == PT_DYNAMIC) resolve_names(image, headers, read_dynamic(image, header.p_offset), file);
  }
  return file;
}

}  // namespace wsdeep::stack
