// The routes message, new_conversation, history, cancel and ping.
#include "handlers/frame_function.h"

int main() {
  using namespace wsdeep;
  const Env env = Env::of_process();
  const SystemClock clock;
  return handlers::serve(env, clock, [&] { return std::make_unique<handlers::FrameFunction>(env, clock); });
}
