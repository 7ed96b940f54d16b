#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wsdeep::llm {

/// What became of a call that its client gave up.
struct GivenUpCall {
  std::string request_id;
  std::chrono::microseconds
      slot_free_for{};      ///< since its slot, or its place in the queue, was somebody else's to take
  std::int64_t tokens = 0;  ///< that the engine had generated for it by then

  bool operator==(const GivenUpCall&) const = default;
};

/// What a node says of itself. An older server says its status alone: what else is here is unknown then, not zero.
struct NodeHealth {
  std::string status;
  std::string node_id;
  std::string model;
  std::string engine;
  int slots = 0;
  int active = 0;
  int queued = 0;
  std::int64_t completed = 0;
  std::int64_t cancelled = 0;
  std::int64_t failed = 0;  ///< refused ones included
  /// (running + waiting) / slots: 1 when all slots are busy, more when calls wait.
  std::optional<double> load{};
  bool draining = false;
  std::optional<std::int64_t> ttft_p50_us{};  ///< of the last minute; nothing: there was no answer in it
  std::string version{};                      ///< empty: unknown
  std::optional<double> kv_use{};             ///< share of the engine's KV cache in use; nothing: it does not say
  std::vector<GivenUpCall> given_up{};        ///< of those that were asked for, those that the node has ended

  /// The node's CLOCK_MONOTONIC when the call came in, and when its answer left.
  std::optional<std::int64_t> clock_received_us{};
  std::optional<std::int64_t> clock_sent_us{};

  /// `SERVING` is what older servers say.
  bool is_healthy() const { return status == "healthy" || status == "SERVING"; }
  bool is_status_alone() const { return node_id.empty(); }
};

}  // namespace wsdeep::llm
