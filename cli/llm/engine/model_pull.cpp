#include "llm/engine/model_pull.h"

#include <fmt/format.h>

#include <algorithm>

#include "llm/engine/engine_error.h"
#include "llm/engine/engine_json.h"
#include "wire/json_fields.h"

namespace wsdeep::llm {
namespace {

using wire::Json;

/// A model has some ten; who sends more does not mean layers.
constexpr std::size_t kMostLayers = 1000;

std::string text_of(const Json& document, const char* name) {
  const Json* const value = member(document, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

double bytes_of(const Json& document, const char* name) {
  const Json* const value = member(document, name);
  return value != nullptr && value->is_number() ? std::clamp(value->get<double>(), 0.0, 1e15) : 0;
}

}  // namespace

ModelPull::ModelPull()
    : events_({.on_document = [this](const auto& document, bool is_error) { read(document, is_error); },
               .on_done = [] {}}) {}

void ModelPull::read(const Json& document, bool is_error) {
  if (const auto error = error_in(document, is_error); error && (is_error || member(document, "error") != nullptr)) {
    failure_ = error->words.empty() ? "the engine does not say why" : error->words;
    return;
  }
  succeeded_ = succeeded_ || text_of(document, "status") == "success";
  const std::string digest = text_of(document, "digest");
  const double total = bytes_of(document, "total");
  if (digest.empty() || total <= 0 || (layers_.size() >= kMostLayers && !layers_.contains(digest))) return;
  layers_[digest] = {std::min(bytes_of(document, "completed"), total), total};
}

std::optional<int> ModelPull::percent() const {
  double completed = 0, total = 0;
  for (const auto& [digest, bytes] : layers_) {
    completed += bytes.first;
    total += bytes.second;
  }
  if (total <= 0) return std::nullopt;
  return static_cast<int>(100 * completed / total);
}

std::string ModelPull::finish(int status) {
  events_.finish();
  if (!failure_.empty()) return failure_;
  if (status != 200) {
    const std::string words = words_of_body(events_.stray());
    return fmt::format("the engine answers {}{}{}", status, words.empty() ? "" : ": ", words);
  }
  return succeeded_ ? "" : "the engine ended without success";
}

}  // namespace wsdeep::llm
