// Whatever comes as an HTTP event, an answer to one or the head of a streamed answer is read or refused with
// wsdeep::Error; an event that was read survives being written and read again, and its path being matched by any route.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fuzz/target.h"
#include "wire/http_event.h"
#include "wire/http_route.h"

namespace http_event_fuzz {
namespace {

using namespace wsdeep::wire;

void check_event(std::string_view json) {
  HttpEvent event;
  try {
    event = parse_http_event(json);
  } catch (const wsdeep::Error&) {
    return;
  }
  NamedTexts parameters;
  choose_route({"GET /chats/{id}", "ANY /auth/{proxy+}", event.path, "$default"}, event.method, event.path, parameters);
  if (event.version_1) return;
  // With its stage left out of the path already.
  event.stage = "$default";
  HttpEvent again = parse_http_event(write_http_event(event, {"$default", "", "", "", 0}));
  if (again.method != event.method || again.path != event.path || again.body != event.body) std::abort();
}

template <typename Read>
void check_read(std::string_view json, Read read) {
  try {
    read(json);
  } catch (const wsdeep::Error&) {
    return;
  }
}

}  // namespace

FUZZ_TARGET(http_event_fuzz) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  check_event(json);
  check_read(json, parse_http_answer);
  check_read(json, parse_http_prelude);
  return 0;
}

}  // namespace http_event_fuzz
