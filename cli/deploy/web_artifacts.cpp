#include "deploy/web_artifacts.h"

#include <fmt/format.h>

#include <map>

#include "base/encoding.h"
#include "base/hash.h"
#include "web/page.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kHashDigits = 32;

/// Path → text, of all that the page is made of.
std::map<std::string, std::string> page_of(const stack::EnvironmentSettings& settings) {
  std::map<std::string, std::string> page;
  for (const web::PageFile& file : web::page_files()) page.emplace(file.path, file.text);
  // The stage of the WebSocket API is called as the environment is.
  page["config.json"] = web::config_json("/" + settings.name, settings.rooms);
  return page;
}

}  // namespace

WebArtifacts web_artifacts(Files& files, const std::filesystem::path& folder,
                           const stack::EnvironmentSettings& settings) {
  const auto page = page_of(settings);
  std::string sums;
  for (const auto& [path, text] : page) sums += fmt::format("{} {}\n", path, hex(sha256(text)));
  WebArtifacts web;
  web.prefix = "web/" + hex(sha256(sums)).substr(0, kHashDigits);
  for (const auto& [path, text] : page) {
    const std::filesystem::path file = folder / web.prefix / path;
    const bool unchanged = files.read(file).value_or("") == text;
    if (!unchanged) files.write(file, text, 0644);
    web.files.push_back({"web",
                         file,
                         fmt::format("{}/{}", web.prefix, path),
                         text.size(),
                         unchanged,
                         {{"Content-Type", std::string(web::content_type_of(path))},
                          {"Cache-Control", std::string(web::cache_control_of(path))}}});
  }
  return web;
}

}  // namespace wsdeep::deploy
