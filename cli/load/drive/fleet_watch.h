#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "llm/client/target.h"
#include "load/drive/driver_now.h"
#include "load/measure/engine_figures.h"

namespace wsdeep::load {

/// What is watched beside a load test.
struct FleetWatchOptions {
  std::vector<llm::ClientTarget> nodes{};  ///< single ones, whose health is asked for each second
  /// Pages of metrics, read every five seconds: of nodes, each with its engine's own if there is one, or of engines.
  std::vector<std::string> pages{};
};

/// Reads what nodes and engines say of themselves, each address in a thread of its own, so that one that hangs delays
/// no other.
class FleetWatch {
 public:
  /// Reads each address once. Throws Error for one that does not answer, or says something else.
  explicit FleetWatch(const FleetWatchOptions& options);
  ~FleetWatch();
  FleetWatch(const FleetWatch&) = delete;
  FleetWatch& operator=(const FleetWatch&) = delete;

  /// Reads each once more, unless `now` comes, and no further.
  void stop(const std::stop_token& now);
  /// In the order of the options, an engine's page behind its node's. May be called from any thread.
  std::vector<EngineFigures> figures() const;
  /// What the nodes said last. May be called from any thread.
  std::vector<NodeNow> nodes() const;

 private:
  class Watched;
  class WatchedNode;
  class WatchedPage;
  std::stop_source at_once_;  ///< ends what is being read
  std::vector<std::unique_ptr<Watched>> watched_;
};

}  // namespace wsdeep::load
