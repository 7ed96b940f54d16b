#include "llm/grpc_setup.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <cstdlib>
#include <mutex>

#include "base/log.h"

namespace wsdeep::llm {
namespace {

void write_line(gpr_log_func_args* args) {
  log_debug("gRPC", {{"text", args->message}, {"file", args->file}, {"line", args->line}});
}

}  // namespace

void set_up_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function(write_line);
    grpc_init();
  });
}

}  // namespace wsdeep::llm
