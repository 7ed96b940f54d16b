#include "local/model_failures.h"

#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/utf8.h"
#include "wire/json_text.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kGenerate = "wsdeep-generate";
constexpr std::string_view kRestChat = "wsdeep-rest-chat";
constexpr std::size_t kMostFailures = 20;
constexpr std::size_t kLongestLine = 64 * 1024;
constexpr std::size_t kLongestCause = 2000;

std::string text_of(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

/// REST chat says both in one: `llm_unavailable: connection refused`.
std::pair<std::string, std::string> split_cause(const std::string& cause) {
  const std::size_t colon = cause.find(": ");
  if (colon == std::string::npos) return {"", cause};
  return {cause.substr(0, colon), cause.substr(colon + 2)};
}

}  // namespace

bool is_model_failure(std::string_view category) {
  return category == "llm_unavailable" || category == "llm_overloaded" || category == "llm_timeout";
}

void ModelFailures::read(const std::string& function, std::string_view text) {
  if (function != kGenerate && function != kRestChat) return;
  std::string& begun = begun_[function];
  begun += text;
  std::size_t start = 0;
  for (std::size_t end; (end = begun.find('\n', start)) != std::string::npos; start = end + 1)
    read_line(function, std::string_view(begun).substr(start, end - start));
  begun.erase(0, start);
  if (begun.size() > kLongestLine) begun.clear();
}

/// Other lines, and what a program prints that is none of ours, say nothing here.
void ModelFailures::read_line(const std::string& function, std::string_view line) {
  const nlohmann::json json = wire::try_read_json(line);
  if (!json.is_object()) return;
  const std::string message = text_of(json, "message");
  if (message != "generate" && message != "rest_chat") return;
  Failure failure{epoch_ms(clock_.now()),  text_of(json, "outcome"),  text_of(json, "cause"), function,
                  text_of(json, "chatId"), text_of(json, "messageId")};
  bool answered = message == "generate" && failure.category == "completed";
  if (message == "rest_chat") {
    answered = json.contains("ttftMs");
    if (!answered) std::tie(failure.category, failure.cause) = split_cause(failure.cause);
  }
  if (answered) answered_at_ms_ = failure.at_ms;
  if (answered || !is_model_failure(failure.category)) return;
  failure.cause = utf8_cut(failure.cause, kLongestCause);
  failures_.push_back(std::move(failure));
  if (failures_.size() > kMostFailures) failures_.pop_front();
}

nlohmann::json ModelFailures::failures() const {
  nlohmann::json all = nlohmann::json::array();
  for (const Failure& failure : failures_) {
    nlohmann::json one = {{"atMs", failure.at_ms},
                          {"category", failure.category},
                          {"cause", failure.cause},
                          {"function", failure.function}};
    if (!failure.chat_id.empty()) one["chatId"] = failure.chat_id;
    if (!failure.message_id.empty()) one["messageId"] = failure.message_id;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace wsdeep::local
