// $default: a ping without an action, and whatever no route knows.
#include "handlers/frame_function.h"

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::FrameFunction>();
}
