#include "stack/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <memory>

#include "base/error.h"

namespace wsdeep::stack {
namespace {

struct ArchiveDelete {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct EntryDelete {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append(archive*, void* zip, const void* data, std::size_t size) {
  static_cast<std::string*>(zip)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

class ZipWriter {
 public:
  explicit ZipWriter(std::string& zip) : archive_(archive_write_new()) {
    check(archive_write_set_format_zip(archive_.get()));
    check(archive_write_set_format_option(archive_.get(), "zip", "compression", "deflate"));
    // As it comes, without padding to tape blocks.
    check(archive_write_set_bytes_per_block(archive_.get(), 0));
    check(archive_write_open(archive_.get(), &zip, nullptr, append, nullptr));
  }

  void add(const ZipEntry& entry) {
    // Without a modification time the DOS date is its first, 1980-01-01, in every time zone.
    const std::unique_ptr<archive_entry, EntryDelete> header(archive_entry_new());
    archive_entry_set_pathname(header.get(), entry.path.c_str());
    archive_entry_set_mode(header.get(), S_IFREG | (entry.executable ? 0755 : 0644));
    archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.content.size()));
    check(archive_write_header(archive_.get(), header.get()));
    const la_ssize_t written = archive_write_data(archive_.get(), entry.content.data(), entry.content.size());
    if (written != static_cast<la_ssize_t>(entry.content.size())) fail();
  }

  void finish() { check(archive_write_close(archive_.get())); }

 private:
  [[noreturn]] void fail() const {
    const char* cause = archive_error_string(archive_.get());
    throw Error(ErrorKind::kFailure, fmt::format("cannot make a zip: {}", cause != nullptr ? cause : "out of memory"));
  }
  void check(int result) const {
    if (result != ARCHIVE_OK) fail();
  }

  std::unique_ptr<archive, ArchiveDelete> archive_;
};

}  // namespace

std::string make_zip(const std::vector<ZipEntry>& entries) {
  std::string zip;
  ZipWriter writer(zip);
  for (const ZipEntry& entry : entries) writer.add(entry);
  writer.finish();
  return zip;
}

}  // namespace wsdeep::stack
