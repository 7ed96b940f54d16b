#include <elf.h>
#include <link.h>

#include <cstring>

#include "base/encoding.h"
#include "base/version.h"

/// The version of `wsdeep-node`: not that of the release, which changes when anything does, and with it the node's
/// package and all the instances of a fleet. It is the build id that the linker makes of the program's own bytes.
namespace wsdeep {
namespace {

constexpr std::size_t kBuildIdBytes = 6;

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

/// The build id among notes that lie one after another; empty when there is none.
std::string build_id_in(const char* notes, std::size_t size) {
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes, sizeof head);
    const char* name = notes + sizeof head;
    const char* content = name + padded(head.n_namesz);
    const std::size_t whole = sizeof head + padded(head.n_namesz) + padded(head.n_descsz);
    if (whole > size) break;
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0)
      return hex({content, std::min<std::size_t>(head.n_descsz, kBuildIdBytes)});
    notes += whole;
    size -= whole;
  }
  return {};
}

/// The program itself is the first object that is told of; one answer ends the search.
int read_program(dl_phdr_info* object, std::size_t /*size*/, void* out) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of this process
    const auto* notes = reinterpret_cast<const char*>(object->dlpi_addr + header.p_vaddr);
    std::string id = build_id_in(notes, header.p_memsz);
    if (!id.empty()) *static_cast<std::string*>(out) = std::move(id);
  }
  return 1;
}

std::string own_build_id() {
  std::string id;
  dl_iterate_phdr(read_program, &id);
  return id.empty() ? "unknown" : id;
}

}  // namespace

std::string_view version() {
  static const std::string kVersion = own_build_id();
  return kVersion;
}

}  // namespace wsdeep
