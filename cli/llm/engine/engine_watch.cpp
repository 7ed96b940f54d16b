#include "llm/engine/engine_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "llm/engine/model_pull.h"

namespace wsdeep::llm {
namespace {

using std::chrono::seconds;

constexpr seconds kHealthTimeout{5};
/// An engine that pulls says so all the time.
constexpr seconds kPullSilence{120};
constexpr seconds kFirstBackOff{1};
constexpr seconds kLongestBackOff{60};

}  // namespace

std::string about_key(const HttpEngineOptions& options) {
  const std::string& from = options.api_key_file.empty() ? options.api_key_from : options.api_key_file;
  const bool has_key = !options.api_key.empty() || !options.api_key_file.empty();
  return has_key ? "it does not take the key of " + from : "it wants a key, and " + from + " has none";
}

net::HttpCall engine_call(const HttpEngineOptions& options, const EngineKey& key, const std::string& path) {
  net::HttpCall call;
  call.url = options.url + path;
  call.connect_timeout = options.connect_timeout;
  call.ca_file = options.ca_file;
  if (const std::string token = key.current(); !token.empty())
    call.headers.emplace_back("Authorization", "Bearer " + token);
  return call;
}

EngineWatch::EngineWatch(const HttpEngineOptions& options, const EngineProtocol& protocol, const EngineKey& key)
    : options_(options), protocol_(protocol), key_(key), thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::vector<std::string> EngineWatch::models() const {
  const std::lock_guard lock(mutex_);
  return models_;
}

std::string EngineWatch::owner() const {
  const std::lock_guard lock(mutex_);
  return owner_;
}

std::string EngineWatch::sickness() const {
  const std::lock_guard lock(mutex_);
  return sickness_;
}

void EngineWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    note(look(stop));
    if (lacks_model_ && options_.pull)
      pull(stop);
    else
      wait(stop, options_.health_interval);
  }
}

/// What is wrong with the engine; empty when it answers and has the model.
std::string EngineWatch::look(const std::stop_token& stop) {
  lacks_model_ = false;
  try {
    const std::vector<std::string> models = ask_models(stop);
    lacks_model_ = models.empty() || (!options_.model.empty() &&
                                      std::none_of(models.begin(), models.end(), [this](const std::string& name) {
                                        return protocol_.is_model(name, options_.model);
                                      }));
    if (!lacks_model_) return {};
    return models.empty()
               ? "the engine has no model yet"
               : fmt::format("the engine has not the model '{}', but {}", options_.model, join(models, ", "));
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// What the engine serves. Throws Error{kFailure} with what is wrong with it.
std::vector<std::string> EngineWatch::ask_models(const std::stop_token& stop) {
  net::HttpCall call = engine_call(options_, key_, protocol_.health_path());
  call.timeout = kHealthTimeout;
  call.cancel = stop;
  call.max_response_bytes = 1 << 20;
  const int health = client_.send(call).status;
  if (health >= 500)
    throw Error(ErrorKind::kFailure, fmt::format("the engine says it is not well (status {})", health));
  call.url = options_.url + protocol_.models_path();
  const net::HttpResponse response = client_.send(call);
  if (response.status == 401 || response.status == 403)
    throw Error(ErrorKind::kFailure, fmt::format("the engine answers {}: {}", response.status, about_key(options_)));
  if (response.status != 200)
    throw Error(ErrorKind::kFailure, fmt::format("the engine answers {} when asked for its models", response.status));
  std::vector<std::string> models = protocol_.models(response.body);
  if (models.empty()) return models;
  const std::lock_guard lock(mutex_);
  models_ = models;
  owner_ = protocol_.owner(response.body);
  return models;
}

/// Once; after a failure the next try comes later each time.
void EngineWatch::pull(const std::stop_token& stop) {
  log_info("the engine pulls the model", {{"model", options_.model}});
  note_progress(std::nullopt);
  const std::string failure = try_to_pull(stop);
  if (stop.stop_requested()) return;
  if (failure.empty()) {
    back_off_ = seconds(0);
    log_info("the engine has pulled the model", {{"model", options_.model}});
    return;
  }
  back_off_ = std::clamp(back_off_ * 2, kFirstBackOff, kLongestBackOff);
  note(fmt::format("cannot pull {}: {}; tried again in {} s", options_.model, failure, back_off_.count()));
  wait(stop, back_off_);
}

std::string EngineWatch::try_to_pull(const std::stop_token& stop) {
  ModelPull progress;
  net::HttpCall call = engine_call(options_, key_, protocol_.pull_path());
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = protocol_.pull_body(options_.model);
  call.timeout = seconds(0);
  call.silence_limit = kPullSilence;
  call.cancel = stop;
  call.on_data = [&](std::string_view bytes) {
    progress.take(bytes);
    note_progress(progress.percent());
    return true;
  };
  try {
    return progress.finish(client_.send(call).status);
  } catch (const net::TransportError& error) {
    const std::string said = progress.finish(200);
    return said.starts_with("the engine ended") ? error.what() : said;
  }
}

void EngineWatch::note(const std::string& sickness) {
  const std::lock_guard lock(mutex_);
  sickness_ = sickness;
}

void EngineWatch::note_progress(std::optional<int> percent) {
  note(percent ? fmt::format("pulling {}: {} %", options_.model, *percent) : fmt::format("pulling {}", options_.model));
}

void EngineWatch::wait(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace wsdeep::llm
