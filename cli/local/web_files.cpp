#include "local/web_files.h"

#include <utility>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "local/api/json_response.h"
#include "web/page.h"

namespace wsdeep::local {
namespace {

/// RFC 9110 §13.1.2: `*`, or a list of which one is this; a weak one is the same here.
bool is_known(const net::HttpRequest& request, const std::string& etag) {
  const auto known = net::header(request.headers, "If-None-Match");
  if (!known) return false;
  for (std::string_view one : split(*known, ',')) {
    one = trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

}  // namespace

WebFiles::WebFiles(std::string_view websocket_path, bool rooms) {
  for (const web::PageFile& file : web::page_files())
    add("/" + std::string(file.path), {std::string(file.path), std::string(file.text), ""});
  add("/", {"index.html", files_.at("/index.html").text, ""});
  add("/config.json", {"config.json", web::config_json(websocket_path, rooms), ""});
}

void WebFiles::add(const std::string& path, File file) {
  file.etag = "\"" + hex(sha256(file.text)).substr(0, 32) + "\"";
  files_.insert_or_assign(path, std::move(file));
}

net::HttpResponse WebFiles::answer(const net::HttpRequest& request, std::string_view path) const {
  const File& file = files_.find(path)->second;
  if (request.method != "GET" && request.method != "HEAD")
    return json_response(405, R"({"message":"Method Not Allowed"})", {{"Allow", "GET, HEAD"}});
  net::HttpResponse response;
  for (const auto& [name, value] : web::security_headers()) response.headers.emplace_back(name, value);
  response.headers.emplace_back("Cache-Control", web::cache_control_of(file.name));
  response.headers.emplace_back("ETag", file.etag);
  if (is_known(request, file.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", web::content_type_of(file.name));
  response.body = file.text;
  return response;
}

}  // namespace wsdeep::local
