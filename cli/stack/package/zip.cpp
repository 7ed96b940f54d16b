// A zip (PKWARE's APPNOTE.TXT) is its files one after the other, each behind a local header, and then the directory:
// for each file a header that repeats the local one and says where that stands, with the file's mode, and a last record
// that says where the directory is. Written out here, because a library that compresses as it writes cannot be given
// what was compressed already. For one file `a` of five bytes that compress to seven:
//
//      0  PK\3\4 … crc, 7, 5, length of the name …  a  <seven bytes>
//     38  PK\1\2 … the same …, mode 0100644 << 16, offset 0  a
//     85  PK\5\6 … 1 file, directory of 47 bytes at 38
//
// All numbers are little-endian.

#include "stack/package/zip.h"

#include <sys/stat.h>
#include <zlib.h>

#include <limits>

#include "base/error.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kBlock = 1 << 20;
constexpr std::uint16_t kDeflate = 8, kVersion = 20;
constexpr std::uint16_t kMadeByUnix = (3 << 8) | kVersion;  // so that the mode counts
constexpr std::uint16_t kUtf8 = 1 << 11;
constexpr std::uint16_t kNoTime = 0, kFirstDay = (1 << 5) | 1;  // 1980-01-01 00:00, the first that DOS knows

[[noreturn]] void fail(const char* cause) {
  throw Error(ErrorKind::kFailure, std::string("cannot make a zip: ") + cause);
}

void put16(std::string& out, std::uint16_t value) {
  for (int shift = 0; shift < 16; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

void put32(std::string& out, std::uint64_t value) {
  if (value > std::numeric_limits<std::uint32_t>::max()) fail("it is larger than 4 GB");
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

/// What the local header and the directory's say alike, from the version to the length of the extra field.
void put_common(std::string& out, const ZipEntry& entry) {
  put16(out, kVersion);
  put16(out, kUtf8);
  put16(out, kDeflate);
  put16(out, kNoTime);
  put16(out, kFirstDay);
  put32(out, entry.content->crc);
  put32(out, entry.content->bytes.size());
  put32(out, entry.content->size);
  put16(out, static_cast<std::uint16_t>(entry.path.size()));
  put16(out, 0);
}

void put_local(std::string& out, const ZipEntry& entry) {
  out += std::string_view("PK\3\4");
  put_common(out, entry);
  out += entry.path;
  out += entry.content->bytes;
}

void put_directory_entry(std::string& out, const ZipEntry& entry, std::uint64_t offset) {
  out += std::string_view("PK\1\2");
  put16(out, kMadeByUnix);
  put_common(out, entry);
  put16(out, 0);  // comment
  put16(out, 0);  // disk
  put16(out, 0);  // internal attributes
  put32(out, static_cast<std::uint64_t>(S_IFREG | (entry.executable ? 0755 : 0644)) << 16);
  put32(out, offset);
  out += entry.path;
}

void put_end(std::string& out, std::size_t count, std::size_t directory) {
  const std::size_t bytes = out.size() - directory;
  out += std::string_view("PK\5\6");
  put16(out, 0);
  put16(out, 0);
  put16(out, static_cast<std::uint16_t>(count));
  put16(out, static_cast<std::uint16_t>(count));
  put32(out, bytes);
  put32(out, directory);
  put16(out, 0);
}

class Deflater {
 public:
  Deflater() {
    // Negative window bits: the bare stream, without zlib's own head and end.
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) !=
        Z_OK)
      fail("out of memory");
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  void add(std::string_view block, bool last, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));  // it is only read
    stream_.avail_in = static_cast<uInt>(block.size());
    do {
      char room[64 << 10];
      stream_.next_out = reinterpret_cast<Bytef*>(room);
      stream_.avail_out = sizeof room;
      if (deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) fail("zlib refuses");
      out.append(room, sizeof room - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

}  // namespace

Deflated deflate_content(std::string_view content, const std::stop_token& stop,
                         const std::function<void(std::size_t)>& progress) {
  Deflated result;
  result.size = content.size();
  result.crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  Deflater deflater;
  for (bool last = false; !last;) {
    if (stop.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
    const std::string_view block = content.substr(0, kBlock);
    content.remove_prefix(block.size());
    last = content.empty();
    deflater.add(block, last, result.bytes);
    if (progress) progress(block.size());
  }
  return result;
}

std::string make_zip(const std::vector<ZipEntry>& entries) {
  if (entries.size() > std::numeric_limits<std::uint16_t>::max()) fail("it has too many files");
  std::string zip, directory;
  for (const ZipEntry& entry : entries) {
    if (entry.path.size() > std::numeric_limits<std::uint16_t>::max()) fail("a path is too long");
    put_directory_entry(directory, entry, zip.size());
    put_local(zip, entry);
  }
  const std::size_t at = zip.size();
  zip += directory;
  put_end(zip, entries.size(), at);
  return zip;
}

std::string compressor_version() {
  return std::string("zlib ") + zlibVersion();
}

}  // namespace wsdeep::stack
