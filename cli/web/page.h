#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The web page: its files, and what is said about them to a browser, by the local system and by CloudFront alike.
namespace wsdeep::web {

struct PageFile {
  std::string_view path;  ///< as it is served, without the first slash: `index.html`, `assets/HASH/js/app.js`
  std::string_view text;
};
/// All of them, built into the program. What stands below assets/ never changes under its name.
const std::vector<PageFile>& page_files();

std::string_view content_type_of(std::string_view path);
/// For a year below assets/; everything else is asked for anew each time.
std::string_view cache_control_of(std::string_view path);

/// Nothing from elsewhere, no script and no style within the HTML, no HTML made from text but by one function; talks to
/// its own host alone, which for `'self'` includes its WebSocket (CSP Level 3 §6.7.2.8).
std::string_view content_security_policy();
/// Header fields of every answer, beside those that depend on the file.
std::vector<std::pair<std::string_view, std::string_view>> security_headers();

/// `/config.json`, what the page is told of where it is: no secret, since it is for everybody. `websocket_path` is on
/// the page's own host, so that its cookies go there.
std::string config_json(std::string_view websocket_path, bool rooms);

}  // namespace wsdeep::web
