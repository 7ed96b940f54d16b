// The routes message, new_conversation, history, cancel and ping.
#include "handlers/frame_function.h"

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::FrameFunction>();
}
