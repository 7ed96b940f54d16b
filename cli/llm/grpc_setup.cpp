#include "llm/grpc_setup.h"

#include <google/protobuf/stubs/logging.h>
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

void write_protobuf_line(google::protobuf::LogLevel, const char* file, int line, const std::string& text) {
  log_debug("protobuf", {{"text", text}, {"file", file}, {"line", line}});
}

}  // namespace

void set_up_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function(write_line);
    google::protobuf::SetLogHandler(write_protobuf_line);
    grpc_init();
  });
}

}  // namespace wsdeep::llm
