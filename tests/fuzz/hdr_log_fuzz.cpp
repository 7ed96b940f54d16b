// Any bytes as an HdrHistogram log, and as what lies inside of one's base64 and zlib, where no fuzzer would come by
// itself. What is read has to come back from what is written of it.

#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/error.h"
#include "fuzz/target.h"
#include "load/report/hdr_histogram.h"
#include "load/report/hdr_log.h"

namespace hdr_log_fuzz {
namespace {

using wsdeep::load::Histogram;

void check(const Histogram& histogram) {
  const std::string text = wsdeep::load::encode_histogram(histogram);
  if (wsdeep::load::decode_histogram(text).count() != histogram.count()) std::abort();
  if (histogram.counts().size() > Histogram::kMaxCounts || histogram.min() > histogram.max()) std::abort();
  histogram.quantile(0.99);
}

std::string length_of(std::string_view bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 0xFF);
  return out;
}

std::string as_payload(std::string_view plain) {
  std::string stream(compressBound(plain.size()), '\0');
  uLongf size = stream.size();
  if (compress(reinterpret_cast<Bytef*>(stream.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
               plain.size()) != Z_OK)
    std::abort();
  stream.resize(size);
  return wsdeep::base64("\x1c\x84\x93\x14" + length_of(stream) + stream);
}

}  // namespace

FUZZ_TARGET(hdr_log_fuzz) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    wsdeep::load::read_hdr_log(bytes, "log", [](const wsdeep::load::HdrInterval& one) { check(one.values); });
  } catch (const wsdeep::Error&) {
  }
  try {
    check(wsdeep::load::decode_histogram(as_payload(bytes)));
  } catch (const wsdeep::Error&) {
  }
  return 0;
}

}  // namespace hdr_log_fuzz
