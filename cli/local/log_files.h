#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace wsdeep::local {

/// One log file for each function and for the node. What an earlier run wrote is kept as `NAME.log.old`.
class LogFiles {
 public:
  explicit LogFiles(std::filesystem::path folder);
  ~LogFiles();
  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  void append(const std::string& name, std::string_view lines);

 private:
  std::filesystem::path folder_;
  std::map<std::string, int> files_;
};

}  // namespace wsdeep::local
