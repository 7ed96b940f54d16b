#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "llm/engine/engine.h"
#include "llm/engine/engine_page.h"
#include "net/http_client.h"

namespace wsdeep::llm {

/// Reads an engine's own page of metrics again and again, in a thread of its own: an engine that answers late, or
/// never, holds up nobody.
class EnginePageWatch {
 public:
  struct Look {
    std::string fault = "the engine's page has not been read yet";  ///< empty: this is its page
    std::string body;                                               ///< as it came
    std::string type;                                               ///< its Content-Type
    EngineReadings readings;
  };

  static constexpr std::chrono::seconds kInterval{5};
  static constexpr std::chrono::seconds kTimeout{2};
  static constexpr std::size_t kMostBytes = 4 << 20;

  /// `engine` outlives the watch. Nothing is read when nobody wants it, and from an engine that has no page.
  EnginePageWatch(const Engine& engine, bool wanted);

  bool has_page() const { return thread_.joinable(); }
  /// The newest; never null.
  std::shared_ptr<const Look> latest() const;

 private:
  void watch(const std::stop_token& stop);
  Look look(net::HttpClient& client, const std::stop_token& stop) const;

  const Engine& engine_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::shared_ptr<const Look> latest_ = std::make_shared<Look>();
  std::jthread thread_;
};

}  // namespace wsdeep::llm
