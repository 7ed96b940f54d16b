// HdrHistogram's encoding V2, all numbers big-endian:
//
//     1c849314  length of what follows  a zlib stream of:
//     1c849313  length of the counts, in bytes
//     00000000  normalizing index offset; that of a histogram of whole numbers is of no consequence
//     00000003  significant digits
//     int64     lowest discernible value, 1
//     int64     highest trackable value
//     double    conversion ratio, 1.0
//     counts    from index 0 up to the last that is not 0
//
// A count is a ZigZag LEB128-64b9B: its sign in the lowest bit, then seven bits a byte, low ones first, the high bit
// set while there are more, and all eight bits of a ninth byte. A negative one is a run of zeros, -3 is three of them.
// A histogram of the values 2 and 5, twice, has the counts 0 0 1 0 0 2: -2, 1, -2, 2, which is 03 02 03 04.

#include "load/report/hdr_histogram.h"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"

namespace wsdeep::load {

namespace {

constexpr std::uint32_t kHdrCookie = 0x1c849303, kHdrCompressedCookie = 0x1c849304;
constexpr std::uint32_t kHdrWordSize = 0x10, kHdrWordSizeBits = 0xf0;  // a nibble of the cookies that V2 has no use for
constexpr std::size_t kHdrHeader = 40;
constexpr std::size_t kMostBytesOfACount = 9;
constexpr std::size_t kMostInflated = kHdrHeader + Histogram::kMaxCounts * kMostBytesOfACount;

[[noreturn]] void refuse_histogram(const std::string& cause) {
  throw Error(ErrorKind::kUsage, "cannot read a histogram: " + cause);
}

template <std::unsigned_integral Number>
void put_big_endian(std::string& out, Number number) {
  for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

void put_count(std::string& out, std::int64_t count) {
  std::uint64_t rest = (static_cast<std::uint64_t>(count) << 1) ^ static_cast<std::uint64_t>(count >> 63);
  for (std::size_t byte = 1; byte < kMostBytesOfACount && rest >= 0x80; ++byte, rest >>= 7)
    out += static_cast<char>((rest & 0x7F) | 0x80);
  out += static_cast<char>(rest);
}

std::string counts_as_bytes(std::span<const std::uint64_t> counts) {
  std::string out;
  std::int64_t zeros = 0;
  const std::uint64_t* const end = counts.data() + counts.size();
  for (const std::uint64_t* count = counts.data(); count != end; ++count) {
    if (*count == 0) {
      ++zeros;
      continue;
    }
    if (zeros > 0) put_count(out, zeros == 1 ? 0 : -zeros);
    zeros = 0;
    put_count(out, static_cast<std::int64_t>(*count));
  }
  return out;
}

std::string hdr_deflated(const std::string& plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
               plain.size()) != Z_OK)
    throw Error(ErrorKind::kFailure, "cannot compress a histogram: out of memory");
  out.resize(size);
  return out;
}

std::string hdr_inflated(std::string_view compressed) {
  std::string out(kMostInflated, '\0');
  uLongf size = out.size();
  uLong used = compressed.size();
  const int code = uncompress2(reinterpret_cast<Bytef*>(out.data()), &size,
                               reinterpret_cast<const Bytef*>(compressed.data()), &used);
  if (code == Z_BUF_ERROR && size == out.size()) refuse_histogram("it holds more than a histogram can");
  if (code != Z_OK) refuse_histogram("its zlib stream is broken");
  if (used != compressed.size()) refuse_histogram("something follows its zlib stream");
  out.resize(size);
  return out;
}

/// Takes numbers from the front of bytes.
class HdrBytes {
 public:
  explicit HdrBytes(std::string_view bytes) : bytes_(bytes) {}

  template <std::unsigned_integral Number>
  Number number() {
    Number result = 0;
    for (std::size_t i = 0; i < sizeof result; ++i) result = static_cast<Number>(result << 8 | byte());
    return result;
  }

  std::int64_t count() {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kMostBytesOfACount; ++i) {
      const std::uint64_t next = byte();
      const bool last = i + 1 == kMostBytesOfACount || (next & 0x80) == 0;
      bits |= (i + 1 == kMostBytesOfACount ? next : next & 0x7F) << (7 * i);
      if (last) break;
    }
    return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
  }

  std::string_view rest() const { return bytes_; }

 private:
  std::uint8_t byte() {
    if (bytes_.empty()) refuse_histogram("it ends too early");
    const auto first = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return first;
  }

  std::string_view bytes_;
};

void check_cookie(std::uint32_t cookie, std::uint32_t expected) {
  if ((cookie & ~kHdrWordSizeBits) != expected)
    refuse_histogram(fmt::format("it is no HdrHistogram of encoding V2 (its cookie is {:08x})", cookie));
}

void check_settings(HdrBytes& bytes) {
  bytes.number<std::uint32_t>();  // the normalizing offset
  const auto digits = bytes.number<std::uint32_t>();
  if (digits != Histogram::kSignificantDigits)
    refuse_histogram(fmt::format("it has {} significant digits, and 3 are read", digits));
  const auto lowest = bytes.number<std::uint64_t>();
  if (lowest != 1) refuse_histogram(fmt::format("its lowest discernible value is {}, and 1 is read", lowest));
  bytes.number<std::uint64_t>();  // the highest trackable value: what counts is in the counts
  const auto ratio = bytes.number<std::uint64_t>();
  // hdr-histogram-js writes the whole number 1.
  if (ratio != 1 && std::bit_cast<double>(ratio) != 1.0) refuse_histogram("its values are not whole numbers");
}

void add_zeros(std::vector<std::uint64_t>& counts, std::int64_t zeros) {
  if (zeros > static_cast<std::int64_t>(Histogram::kMaxCounts - counts.size()))
    refuse_histogram("it has a value above 24 h");
  counts.resize(counts.size() + static_cast<std::size_t>(zeros));
}

std::vector<std::uint64_t> read_counts(HdrBytes bytes) {
  std::vector<std::uint64_t> counts;
  std::uint64_t room = std::numeric_limits<std::int64_t>::max();
  while (!bytes.rest().empty()) {
    const std::int64_t count = bytes.count();
    if (count == std::numeric_limits<std::int64_t>::min()) refuse_histogram("it has a value above 24 h");
    if (count < 0) {
      add_zeros(counts, -count);
      continue;
    }
    if (static_cast<std::uint64_t>(count) > room) refuse_histogram("it counts more values than a number holds");
    room -= static_cast<std::uint64_t>(count);
    add_zeros(counts, 1);
    counts.back() = static_cast<std::uint64_t>(count);
  }
  return counts;
}

}  // namespace

std::string encode_histogram(const Histogram& histogram) {
  const std::string counts = counts_as_bytes(histogram.counts());
  std::string plain;
  put_big_endian(plain, kHdrCookie | kHdrWordSize);
  put_big_endian(plain, static_cast<std::uint32_t>(counts.size()));
  put_big_endian(plain, std::uint32_t{0});
  put_big_endian(plain, std::uint32_t{Histogram::kSignificantDigits});
  put_big_endian(plain, std::uint64_t{1});
  put_big_endian(plain, std::uint64_t{Histogram::kMaxValue});
  put_big_endian(plain, std::bit_cast<std::uint64_t>(1.0));
  const std::string stream = hdr_deflated(plain + counts);
  std::string out;
  put_big_endian(out, kHdrCompressedCookie | kHdrWordSize);
  put_big_endian(out, static_cast<std::uint32_t>(stream.size()));
  return base64(out + stream);
}

Histogram decode_histogram(std::string_view text) {
  const std::optional<std::string> bytes = from_base64(text);
  if (!bytes) refuse_histogram("it is not base64");
  HdrBytes outer(*bytes);
  check_cookie(outer.number<std::uint32_t>(), kHdrCompressedCookie);
  if (outer.number<std::uint32_t>() != outer.rest().size()) refuse_histogram("its length is not what it says");
  const std::string plain = hdr_inflated(outer.rest());
  HdrBytes inner(plain);
  check_cookie(inner.number<std::uint32_t>(), kHdrCookie);
  const auto length = inner.number<std::uint32_t>();
  check_settings(inner);
  if (length != inner.rest().size()) refuse_histogram("its counts have another length than it says");
  return Histogram::of_counts(read_counts(inner));
}

}  // namespace wsdeep::load
