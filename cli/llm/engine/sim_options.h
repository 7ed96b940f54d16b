#pragma once

#include <chrono>
#include <cstdint>

namespace wsdeep::llm {

/// How the simulated engine behaves. The defaults feel like a small model on one GPU.
struct SimOptions {
  std::uint64_t seed = 1;
  std::chrono::microseconds ttft{150'000};  ///< from the slot to the first token, before prefill
  std::chrono::microseconds inter_token{20'000};
  std::chrono::microseconds prefill_per_token{50};
  double jitter = 0.1;       ///< each wait is scaled by 1 ± jitter, deterministically
  bool exponential = false;  ///< or drawn, as deterministically, from an exponential distribution with its mean
  int slots = 8;             ///< how many generations it wants at a time
  double slowdown = 0.0;     ///< inter-token time is multiplied by 1 + slowdown · (active − 1)
  bool reasoning = false;    ///< answers begin with <think>…</think>
  int tokens = 0;            ///< length of every answer, its reasoning not counted; 0: chosen by seed and question
  // Failures: the share of generations, chosen by seed and request (its ids too), that …
  double refuse = 0;            ///< are refused at once (unavailable)
  double break_mid_stream = 0;  ///< break after some tokens
  double stall = 0;             ///< stop sending after some tokens and never end
};

}  // namespace wsdeep::llm
