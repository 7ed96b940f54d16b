#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace wsdeep::load {

/// The cluster, as kubectl reaches it: kubeconfig, contexts, sign-in and proxies are kubectl's own affair. One call is
/// one process of it, of 20 s at most.
class Kubectl {
 public:
  /// `context` and `name_space` as its `--context` and `--namespace`; empty: what the kubeconfig says. Throws
  /// Error{kNotFound} when PATH has no kubectl.
  Kubectl(Env env, const std::string& context, const std::string& name_space);

  /// What it wrote to stdout. Throws Error{kFailure} with its own words when it fails.
  std::string run(const std::vector<std::string>& arguments, const std::stop_token& stop = {}) const;
  /// `kubectl create` of a manifest, JSON or YAML; the object that it became, as JSON.
  std::string create(std::string_view manifest, const std::stop_token& stop = {}) const;

 private:
  Env env_;
  std::filesystem::path program_;
  std::vector<std::string> first_;
};

}  // namespace wsdeep::load
