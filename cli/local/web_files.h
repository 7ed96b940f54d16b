#pragma once

#include <map>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace wsdeep::local {

/// The web page at `/`, as CloudFront serves it: the same paths, types and header fields; GET and HEAD only.
class WebFiles {
 public:
  WebFiles(std::string_view websocket_path, bool rooms);

  /// Whether `path` (with its first slash, without a query) is one of the page's.
  bool serves(std::string_view path) const { return files_.find(path) != files_.end(); }
  net::HttpResponse answer(const net::HttpRequest& request, std::string_view path) const;

 private:
  struct File {
    std::string name;  ///< `index.html`, also for `/`
    std::string text;
    std::string etag;
  };
  void add(const std::string& path, File file);

  std::map<std::string, File, std::less<>> files_;  ///< by path
};

}  // namespace wsdeep::local
