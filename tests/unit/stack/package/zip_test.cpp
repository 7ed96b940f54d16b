#include "stack/package/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>

#include "base/error.h"

namespace wsdeep::stack {
namespace {

/// What a reader finds: "path mode content" for each entry.
std::vector<std::string> unpack(const std::string& zip) {
  std::vector<std::string> found;
  archive* reader = archive_read_new();
  archive_read_support_format_zip_seekable(reader);
  EXPECT_EQ(archive_read_open_memory(reader, zip.data(), zip.size()), ARCHIVE_OK) << archive_error_string(reader);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    char mode[16];
    std::snprintf(mode, sizeof mode, "%o", archive_entry_mode(entry));
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    EXPECT_EQ(archive_read_data(reader, content.data(), content.size()), static_cast<la_ssize_t>(content.size()));
    found.push_back(std::string(archive_entry_pathname(entry)) + " " + mode + " " + content);
  }
  archive_read_free(reader);
  return found;
}

/// The time zone of the process, for as long as it lives.
class TimeZone {
 public:
  explicit TimeZone(const char* name) { set(name); }
  ~TimeZone() { set(nullptr); }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  static void set(const char* name) {
    if (name != nullptr)
      setenv("TZ", name, 1);
    else
      unsetenv("TZ");
    tzset();
  }
};

std::shared_ptr<const Deflated> deflated(const std::string& content) {
  return std::make_shared<const Deflated>(deflate_content(content));
}

const std::vector<ZipEntry> kEntries{{"bootstrap", deflated("#!/bin/sh\n"), true},
                                     {"lib/liba.so.1", deflated(std::string(100'000, 'a')), false}};

TEST(Zip, HoldsPathsModesAndContentsInOrder) {
  EXPECT_EQ(
      unpack(make_zip(kEntries)),
      (std::vector<std::string>{"bootstrap 100755 #!/bin/sh\n", "lib/liba.so.1 100644 " + std::string(100'000, 'a')}));
}

TEST(Zip, HoldsEmptyFilesAndThoseOfManyBlocks) {
  std::string large;
  for (std::uint32_t i = 0; large.size() < (5u << 20) + 7; ++i) large += std::to_string(i * 2654435761u);
  EXPECT_EQ(unpack(make_zip({{"empty", deflated(""), false}, {"large", deflated(large), false}})),
            (std::vector<std::string>{"empty 100644 ", "large 100644 " + large}));
}

TEST(Zip, StopsCompressingWhenItIsTold) {
  std::stop_source stop;
  std::size_t seen = 0;
  const auto halt = [&](std::size_t bytes) {
    seen += bytes;
    stop.request_stop();
  };
  EXPECT_THROW(deflate_content(std::string(5 << 20, 'a'), stop.get_token(), halt), Error);
  EXPECT_EQ(seen, std::size_t{1} << 20);
}

TEST(Zip, IsCompressed) {
  EXPECT_LT(make_zip(kEntries).size(), 2000u);
}

TEST(Zip, IsTheSameInEveryTimeZoneAndAtEveryTime) {
  const std::string here = make_zip(kEntries);
  for (const char* zone : {"UTC0", "XXX-14", "XXX12"}) {
    const TimeZone there(zone);
    EXPECT_EQ(make_zip(kEntries), here) << zone;
  }
  // DOS's first date, 1980-01-01 00:00, in the local header: no clock had a say.
  EXPECT_EQ(here.substr(10, 4), std::string("\x00\x00\x21\x00", 4));
}

}  // namespace
}  // namespace wsdeep::stack
