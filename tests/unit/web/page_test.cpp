#include "web/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace wsdeep::web {
namespace {

const PageFile& file_called(std::string_view ending) {
  const auto& files = page_files();
  return *std::find_if(files.begin(), files.end(), [&](const PageFile& one) { return one.path.ends_with(ending); });
}

TEST(Page, HasEachFileButTheFirstBelowOneFolderCalledByTheirHash) {
  const std::string_view index = file_called("index.html").text, app = file_called("/js/app.js").path;
  const std::string folder(app.substr(0, app.find("/js/")));
  EXPECT_EQ(folder.size(), std::string_view("assets/").size() + 16);
  EXPECT_NE(index.find("src=\"/" + folder + "/js/app.js\""), std::string_view::npos);
  EXPECT_EQ(index.find('@'), std::string_view::npos);
  for (const PageFile& file : page_files())
    EXPECT_TRUE(file.path == "index.html" || file.path.starts_with(folder + "/")) << file.path;
}

TEST(Page, HasNoScriptAndNoStyleWithinItsHtml) {
  const std::string_view index = file_called("index.html").text;
  for (const char* forbidden : {"<style", " style=", " onclick=", "javascript:", "http://", "https://"})
    EXPECT_EQ(index.find(forbidden), std::string_view::npos) << forbidden;
  for (std::size_t at = index.find("<script"); at != std::string_view::npos; at = index.find("<script", at + 1))
    EXPECT_EQ(index.substr(at, 29), "<script type=\"module\" src=\"/a");
}

TEST(Page, TellsBrowsersWhatAFileIsAndHowLongItStays) {
  for (const PageFile& file : page_files())
    EXPECT_NE(content_type_of(file.path), "application/octet-stream") << file.path;
  EXPECT_EQ(cache_control_of("index.html"), "no-cache");
  EXPECT_EQ(cache_control_of("assets/0/style.css"), "public, max-age=31536000, immutable");
}

TEST(Page, IsConfiguredInJson) {
  EXPECT_EQ(config_json("/a\"b", true), "{\"webSocketUrl\":\"/a\\\"b\",\"rooms\":true}\n");
}

}  // namespace
}  // namespace wsdeep::web
