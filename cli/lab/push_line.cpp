#include "lab/push_line.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "lab/thread_time.h"

namespace wsdeep::lab {
namespace {

constexpr std::chrono::milliseconds kPace{15};
constexpr int kPauseFor = 20;  // times as long as the frame took to make: a screen may take long to paint

}  // namespace

struct PushLine::Impl : std::enable_shared_from_this<PushLine::Impl> {
  Impl(net::EventLoop& own, PushClient& pushes, std::string to, Source frames, std::function<void(PushOutcome)> told)
      : loop(own), client(pushes), url(std::move(to)), source(std::move(frames)), lost(std::move(told)) {}

  void poke();
  void send();
  void arrived(PushOutcome outcome);

  net::EventLoop& loop;
  PushClient& client;
  const std::string url;
  Source source;
  std::function<void(PushOutcome)> lost;
  bool busy = false;
  bool ended = false;
  SteadyTime last{};
  std::chrono::nanoseconds pace = kPace;
  net::EventLoop::Subscription timer;
};

void PushLine::Impl::poke() {
  if (busy || ended || timer) return;
  const auto wait = last + pace - std::chrono::steady_clock::now();
  if (wait <= std::chrono::nanoseconds(0)) return send();
  timer = loop.after(wait, [this] {
    timer = {};
    send();
  });
}

void PushLine::Impl::send() {
  const auto begin = thread_time();
  std::optional<std::string> frame = source();
  if (!frame) return;
  pace = std::max<std::chrono::nanoseconds>(kPace, kPauseFor * (thread_time() - begin));
  busy = true;
  last = std::chrono::steady_clock::now();
  client.push(url, std::move(*frame), [weak = weak_from_this()](PushOutcome outcome) {
    if (const auto self = weak.lock()) self->arrived(outcome);
  });
}

void PushLine::Impl::arrived(PushOutcome outcome) {
  busy = false;
  if (ended) return;
  if (outcome == PushOutcome::kDelivered) return poke();
  ended = true;
  const auto told = std::move(lost);
  told(outcome);
}

PushLine::PushLine(net::EventLoop& loop, PushClient& client, std::string url, Source source,
                   std::function<void(PushOutcome)> lost)
    : impl_(std::make_shared<Impl>(loop, client, std::move(url), std::move(source), std::move(lost))) {}

PushLine::~PushLine() {
  impl_->ended = true;
  impl_->timer.cancel();
}

void PushLine::poke() {
  impl_->poke();
}

bool PushLine::is_busy() const {
  return impl_->busy;
}

bool PushLine::has_ended() const {
  return impl_->ended;
}

}  // namespace wsdeep::lab
