#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "llm/engine/engine_key.h"
#include "llm/engine/engine_protocol.h"
#include "llm/engine/http_engine_options.h"
#include "net/http_client.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// A call of an engine's URL, with what every call of it has.
net::HttpCall engine_call(const HttpEngineOptions& options, const EngineKey& key, const std::string& path);

/// What its owner has to look at when the engine does not take the key.
std::string about_key(const HttpEngineOptions& options);

/// How an engine is, and what it serves: asked again and again, in a thread of its own, which also has the engine pull
/// its model where that is wanted.
class EngineWatch {
 public:
  EngineWatch(const HttpEngineOptions& options, const EngineProtocol& protocol, const EngineKey& key);

  std::vector<std::string> models() const;
  /// Whose server it is.
  std::string owner() const;
  /// Empty: it is well.
  std::string sickness() const;

 private:
  void run(const std::stop_token& stop);
  std::string look(const std::stop_token& stop);
  std::vector<std::string> ask_models(const std::stop_token& stop);
  void pull(const std::stop_token& stop);
  std::string try_to_pull(const std::stop_token& stop);
  void note(const std::string& sickness);
  void note_progress(std::optional<int> percent);
  void wait(const std::stop_token& stop, std::chrono::milliseconds time);

  const HttpEngineOptions options_;
  const EngineProtocol& protocol_;
  const EngineKey& key_;
  net::HttpClient client_;
  std::chrono::seconds back_off_{0};  ///< before the next try to pull
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<std::string> models_;
  std::string owner_;
  std::string sickness_ = "the engine has not answered yet";
  bool lacks_model_ = false;
  std::jthread thread_;
};

}  // namespace wsdeep::llm
