#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http_exchange.h"

namespace wsdeep::lab {

using Exchange = std::shared_ptr<net::HttpExchange>;

/// Answers with JSON that nobody keeps.
void answer_json(const Exchange& exchange, int status, std::string json, net::Headers more = {});
/// `{"error": TEXT}`
void answer_error(const Exchange& exchange, int status, std::string_view text, net::Headers more = {});
/// The session store is away: 503, and when to come again.
void answer_store_away(const Exchange& exchange);
/// The path, without a query and decoded; empty when it cannot be.
std::string path_of(const net::HttpRequest& request);
/// True for application/json, with parameters or without.
bool is_json(const net::HttpRequest& request);

}  // namespace wsdeep::lab
