#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "llm/engine/event_reader.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// What Ollama's `POST /api/pull` answers (https://github.com/ollama/ollama/blob/main/docs/api.md#pull-a-model): a
/// document a line, `{"status": "pulling 6e4c…", "digest": "sha256:6e4c…", "total": 4683073184, "completed": 241970}`
/// for each layer of the model, `{"status": "success"}` at the end, or `{"error": …}`. No I/O.
class ModelPull {
 public:
  ModelPull();
  ModelPull(const ModelPull&) = delete;
  ModelPull& operator=(const ModelPull&) = delete;

  void take(std::string_view bytes) { events_.feed(bytes); }
  /// Of the bytes of all layers that are known so far; nothing before the first one is.
  std::optional<int> percent() const;
  /// Once, when no more comes: why the model is not there, or empty.
  std::string finish(int status);

 private:
  void read(const nlohmann::json& document, bool is_error);

  EventReader events_;
  std::map<std::string, std::pair<double, double>> layers_;  ///< digest → completed, total
  std::string failure_;
  bool succeeded_ = false;
};

}  // namespace wsdeep::llm
