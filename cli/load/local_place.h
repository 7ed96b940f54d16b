#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "load/shard/place.h"

namespace wsdeep::load {

/// `--on local`: processes of this very program, here. Their shards are in a folder that is gone with this.
class LocalPlace final : public Place {
 public:
  /// What a worker says on stderr, line by line; called in `standings` and `fetch`.
  using OnWords = std::function<void(int worker, std::string_view line)>;

  /// Throws Error{kFailure} when there can be no such folder.
  LocalPlace(std::string program, Env env, OnWords on_words);
  ~LocalPlace() override;
  LocalPlace(const LocalPlace&) = delete;
  LocalPlace& operator=(const LocalPlace&) = delete;

  std::chrono::seconds start_up() const override;
  std::chrono::seconds shard_time() const override { return std::chrono::seconds(30); }
  void start(const WorkersRun& run, const std::vector<std::string>& arguments) override;
  std::vector<WorkerStanding> standings() override;
  void stop(WorkersStop how) override;
  std::optional<std::filesystem::path> fetch(int worker) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load
