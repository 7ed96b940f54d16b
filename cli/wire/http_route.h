#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http_event.h"

/// Routes of an HTTP API.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
namespace wsdeep::wire {

/// What `path` has in the places of `pattern`'s variables, decoded: `/chats/{id}` matches `/chats/7` with id = 7, and
/// `/auth/{proxy+}`, whose variable comes last, takes one part or more. Nothing when it does not match. A part that is
/// empty, or no escape that can be read, is no value.
std::optional<NamedTexts> match_path(std::string_view pattern, std::string_view path);

/// The index of the one of `route_keys` (`GET /chats/{id}`, `ANY /auth/{proxy+}`, `$default`) that takes the request:
/// a full match before a greedy one before `$default`, fixed parts before variables, a method of its own before `ANY`.
/// `parameters` gets what the path has. Nothing when there is none.
std::optional<std::size_t> choose_route(const std::vector<std::string>& route_keys, std::string_view method,
                                        std::string_view path, NamedTexts& parameters);

}  // namespace wsdeep::wire
