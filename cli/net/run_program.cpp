#include "net/run_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "net/event_loop.h"
#include "net/process.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kMaxOutput = 64 << 20;

ProgramRun run_to_its_end(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const Env& passed_on, std::chrono::seconds limit, const std::stop_token& stop) {
  net::EventLoop loop;
  ProgramRun run;
  std::optional<Error> fault;
  const auto stop_for = [&](const std::string& cause) {
    fault.emplace(ErrorKind::kFailure, fmt::format("{} {}", program.filename().string(), cause));
    loop.stop();
  };
  const auto keep = [&](std::string& text) {
    return [&](std::string_view piece) {
      if (text.size() + piece.size() > kMaxOutput) return stop_for("writes too much");
      text += piece;
    };
  };
  net::ProcessOptions options;
  options.program = program;
  options.arguments = arguments;
  for (const auto& [name, value] : passed_on.all()) options.environment.emplace(name, value);
  options.on_stdout = keep(run.out);
  options.on_stderr = keep(run.err);
  options.on_exit = [&](int code) {
    run.exit_code = code;
    loop.stop();
  };
  const net::Process process(loop, std::move(options));
  const auto timer = loop.after(limit, [&] { stop_for(fmt::format("was not done within {} s", limit.count())); });
  const std::stop_callback on_stop(stop, [&] { loop.stop(); });
  loop.run();
  if (stop.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
  if (fault) throw Error(*fault);
  return run;
}

}  // namespace

std::optional<std::filesystem::path> find_program(const Env& env, std::string_view name) {
  const std::string path = env.get_or("PATH", "");
  for (const std::string_view folder : split(path, ':')) {
    const auto candidate = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (!folder.empty() && std::filesystem::is_regular_file(candidate, ignored) &&
        ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return std::nullopt;
}

ProgramRun run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments, const Env& env,
                       std::chrono::seconds limit, const std::stop_token& stop) {
  return run_to_its_end(program, arguments, env.without_secrets(), limit, stop);
}

ProgramRun run_program_as_us(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                             const Env& env, std::chrono::seconds limit, const std::stop_token& stop) {
  auto passed_on = env.without_secrets().all();
  for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
    if (const auto secret = env.get(name)) passed_on.emplace(name, *secret);
  return run_to_its_end(program, arguments, Env(std::move(passed_on)), limit, stop);
}

}  // namespace wsdeep::net
