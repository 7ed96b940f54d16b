#pragma once

#include <string>
#include <string_view>

namespace wsdeep::llm {

/// What is wrong with an entry of gRPC metadata, for a person: `metadata 'X': …`; empty: nothing. The value of a name
/// that ends with `-bin` is bytes, any other printable ASCII. gRPC ends the process for what HTTP/2 forbids.
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
std::string metadata_fault(std::string_view name, std::string_view value);

inline bool is_binary_metadata(std::string_view name) {
  return name.ends_with("-bin");
}

}  // namespace wsdeep::llm
