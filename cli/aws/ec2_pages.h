#pragma once

#include <fmt/format.h>

#include <string>

#include "aws/query.h"
#include "base/error.h"

/// How EC2's answers are read. A private header of this folder.
namespace wsdeep::aws {

constexpr const char* kEc2Version = "2016-11-15";
constexpr std::size_t kMaxEc2Pages = 100;  // what is asked for is bounded: a server that repeats itself is not

/// EC2 has no `<ActionResult>` around its answers, and calls the elements of its lists `<item>`.
template <typename Take>
void for_each_ec2_page(Client& client, const char* action, const QueryParameters& parameters, Take take) {
  std::string next;
  for (std::size_t page = 0; page < kMaxEc2Pages; ++page) {
    QueryParameters asked = parameters;
    if (!next.empty()) asked.emplace_back("NextToken", next);
    const XmlNode answer = query(client, {action, kEc2Version}, asked);
    take(answer);
    next = answer.text_of("nextToken");
    if (next.empty()) return;
  }
  throw Error(ErrorKind::kFailure, fmt::format("the answers to {} do not end", action));
}

}  // namespace wsdeep::aws
