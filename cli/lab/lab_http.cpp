#include "lab/lab_http.h"

#include "base/encoding.h"
#include "base/text.h"
#include "wire/json_writer.h"

namespace wsdeep::lab {

void answer_json(const Exchange& exchange, int status, std::string json, net::Headers more) {
  more.emplace_back("Content-Type", "application/json");
  more.emplace_back("Cache-Control", "no-store");
  exchange->respond({status, std::move(more), std::move(json)});
}

void answer_error(const Exchange& exchange, int status, std::string_view text, net::Headers more) {
  answer_json(exchange, status, wire::JsonObject().add("error", text).text(), std::move(more));
}

void answer_store_away(const Exchange& exchange) {
  answer_error(exchange, 503, "the lab's session store is not there: try again", {{"Retry-After", "2"}});
}

std::string path_of(const net::HttpRequest& request) {
  return percent_decode(request.target.substr(0, request.target.find('?'))).value_or("");
}

bool is_json(const net::HttpRequest& request) {
  const std::string type = net::header(request.headers, "Content-Type").value_or("");
  return iequals(trim(std::string_view(type).substr(0, type.find(';'))), "application/json");
}

}  // namespace wsdeep::lab
