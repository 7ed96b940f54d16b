#include "load/report/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "load/report/hdr_log.h"
#include "load/report/prometheus.h"

namespace wsdeep::load {

namespace {

constexpr std::string_view kStdout = "-";

using NamedOutput = std::pair<std::string_view, const std::string*>;

std::array<NamedOutput, 6> named_outputs(const OutputOptions& options) {
  return {{{"--json", &options.json},
           {"--records", &options.records},
           {"--csv", &options.csv},
           {"--hdr", &options.hdr},
           {"--prometheus", &options.prometheus},
           {"--html", &options.html}}};
}

[[noreturn]] void refuse_output(std::string_view flag, const std::filesystem::path& path, std::string_view cause) {
  throw Error(ErrorKind::kUsage, fmt::format("cannot write {} {}: {}", flag, path.string(), cause));
}

/// Its folder has to be there: a run of an hour is no time to find out that a name was mistyped. A file gets its name
/// by being renamed, which would take the place of a link, a pipe or /dev/null.
void check_output(std::string_view flag, const std::filesystem::path& path) {
  if (path == kStdout) refuse_output(flag, path, "only --json can go to stdout");
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    refuse_output(flag, path, fmt::format("{}: {}", folder.string(), std::strerror(errno)));
  std::error_code fault;
  const std::filesystem::file_status there = std::filesystem::symlink_status(path, fault);
  if (there.type() == std::filesystem::file_type::none) refuse_output(flag, path, fault.message());
  if (std::filesystem::is_directory(there)) refuse_output(flag, path, "it is a folder");
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    refuse_output(flag, path, "it is there, and no regular file");
}

/// What to do is said here, where the flag is known.
Error with_hint(const Error& error, std::string_view flag) {
  if (!error.hint().empty()) return error;
  return {error.kind(), error.what(), fmt::format("free space there, or give {} another path", flag)};
}

/// Writes one file after the other, and keeps what went wrong.
class OutputWriter {
 public:
  explicit OutputWriter(Files& files) : files_(files) {}

  bool attempt(std::string_view flag, const std::function<void()>& write) {
    try {
      write();
      return true;
    } catch (const Error& error) {
      outputs_.faults.push_back(with_hint(error, flag));
      return false;
    }
  }

  bool write(std::string_view flag, const std::string& path, const std::function<std::string()>& text) {
    return !path.empty() && attempt(flag, [&] { files_.write(path, text()); });
  }

  /// At last, when it is known whether something could not be written.
  Outputs take_with_json(const std::string& path, const std::function<std::string()>& text) {
    const bool to_stdout = path == kStdout;
    const bool kept = !to_stdout && write("--json", path, text);
    if (to_stdout || (!kept && !outputs_.faults.empty())) outputs_.on_stdout = text();
    return std::move(outputs_);
  }

 private:
  Files& files_;
  Outputs outputs_;
};

}  // namespace

void check_outputs(const OutputOptions& options, const std::string& source) {
  std::map<std::filesystem::path, std::string_view> seen;
  if (!source.empty()) seen.emplace(std::filesystem::weakly_canonical(source), "FILE");
  for (const auto& [flag, path] : named_outputs(options)) {
    if (path->empty() || (flag == "--json" && *path == kStdout)) continue;
    check_output(flag, *path);
    const auto [first, fresh] = seen.emplace(std::filesystem::weakly_canonical(*path), flag);
    if (!fresh)
      throw Error(ErrorKind::kUsage, fmt::format("{} and {} name the same file: {}", first->second, flag, *path));
  }
}

void check_outputs_of_several(const OutputOptions& options) {
  for (const auto& [flag, path] : named_outputs(options))
    if (!path->empty() && flag != "--json" && flag != "--csv" && flag != "--html")
      throw Error(ErrorKind::kUsage, fmt::format("{} is of a single run, and there are to be several", flag),
                  "use --json, which has each run whole, --csv or --html");
}

Outputs write_outputs(const OutputOptions& options, const Document& document, RecordsFile* records, Files& files) {
  OutputWriter writer(files);
  if (records != nullptr) writer.attempt("--records", [&] { records->finish(); });
  writer.write("--csv", options.csv, [&] { return document_csv(document); });
  if (const auto* result = std::get_if<Result>(&document)) {
    writer.write("--hdr", options.hdr, [&] { return write_hdr_log(hdr_log_of(*result)); });
    writer.write("--prometheus", options.prometheus, [&] { return result_prometheus(*result); });
  }
  writer.write("--html", options.html, [&] { return document_html(document); });
  return writer.take_with_json(options.json, [&] { return document_json(document); });
}

}  // namespace wsdeep::load
