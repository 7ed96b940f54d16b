#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "load/plan/prompts.h"
#include "load/plan/worker_share.h"

namespace wsdeep::load {

/// The prompts of another source, for a worker that numbers its own conversations from 0: no two workers ask the same.
class SharedPrompts final : public PromptSource {
 public:
  SharedPrompts(std::shared_ptr<const PromptSource> source, const WorkerShare& share)
      : source_(std::move(source)), share_(share) {}

  Prompt prompt(const Arrival& arrival, std::uint64_t conversation, int turn) const override {
    return source_->prompt(arrival, share_.in_whole(conversation), turn);
  }
  int turns(std::uint64_t conversation) const override { return source_->turns(share_.in_whole(conversation)); }

 private:
  std::shared_ptr<const PromptSource> source_;
  WorkerShare share_;
};

}  // namespace wsdeep::load
