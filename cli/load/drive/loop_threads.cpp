#include "load/drive/loop_threads.h"

#include <algorithm>
#include <future>
#include <utility>

namespace wsdeep::load {

std::size_t LoopThreads::default_count() {
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

LoopThreads::LoopThreads(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& started = threads_.emplace_back(std::make_unique<LoopThread>());
    started->thread = std::thread([&loop = started->loop] { loop.run(); });
  }
}

LoopThreads::~LoopThreads() {
  for (const auto& running : threads_) running->loop.stop();
  for (const auto& running : threads_) running->thread.join();
}

std::vector<std::function<void(std::function<void()>)>> LoopThreads::posts() {
  std::vector<std::function<void(std::function<void()>)>> posts;
  for (const auto& running : threads_)
    posts.emplace_back([&loop = running->loop](std::function<void()> work) { loop.post(std::move(work)); });
  return posts;
}

void LoopThreads::run_on(std::size_t index, const std::function<void()>& work) {
  const auto task = std::make_shared<std::packaged_task<void()>>(work);
  loop(index).post([task] { (*task)(); });
  task->get_future().get();
}

}  // namespace wsdeep::load
