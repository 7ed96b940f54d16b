#include "wire/lab_frames.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::wire {
namespace {

int lab_exit_code(std::int64_t code) {
  constexpr std::int64_t kLow = std::numeric_limits<int>::min(), kHigh = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(code, kLow, kHigh));
}

LabFrame read_output(const JsonFields& frame) {
  return LabOutput{frame.text("data"), frame.integer("seq"), frame.text_or("commandId", ""),
                   frame.integer_or("skippedBytes", 0)};
}

LabFrame read_command_result(const JsonFields& frame) {
  const JsonFields result = frame.object("result");
  return LabCommandResult{result.text_or("output", ""), lab_exit_code(result.integer_or("exitCode", 0)),
                          frame.text_or("commandId", ""), result.boolean_or("truncated", false)};
}

LabFrame read_session_end(const JsonFields& frame) {
  const auto code = frame.integer_if("exitCode");
  return LabSessionEnd{code ? std::optional<int>(lab_exit_code(*code)) : std::nullopt, frame.text_or("reason", "")};
}

/// `{"error": TEXT}` is what the handler says when the backend said nothing; `{"message": …, "connectionId": …}` what
/// API Gateway says when the handler did not.
LabFrame read_untyped(const JsonFields& frame) {
  if (const auto error = frame.text_if("error")) return LabFault{frame.text_or("code", ""), *error};
  if (frame.find("connectionId") != nullptr && frame.find("message") != nullptr)
    return LabFault{"", frame.text("message")};
  return LabOther{};
}

LabFault read_fault(const JsonFields& frame) {
  return {frame.text_or("code", "error"), frame.text_or("error", ""), frame.text_or("output", ""),
          frame.boolean_or("truncated", false)};
}

LabFrame read_lab_frame(const JsonFields& frame) {
  const std::string type = frame.text_or("type", "");
  if (type == "screen") return LabScreen{frame.text("data"), frame.integer("seq"), frame.integer_if("input")};
  if (type == "output") return read_output(frame);
  if (type == "input_ack") return LabInputAck{frame.integer("seq")};
  if (type == "resize_ack") return LabResizeAck{};
  if (type == "command_result") return read_command_result(frame);
  if (type == "command_running") return LabCommandRunning{frame.text_or("commandId", "")};
  if (type == "session_end") return read_session_end(frame);
  // Another client has the terminal: of a frame of ours nobody had to complain, and yet it is the last that comes.
  if (type == "detached") return LabFault{type, frame.text_or("reason", "")};
  if (type == "error") return read_fault(frame);
  return type.empty() ? read_untyped(frame) : LabFrame{LabOther{}};
}

}  // namespace

std::string encode(const LabAttach& frame) {
  JsonObject json;
  json.add("type", "attach").add("cols", frame.columns).add("rows", frame.rows);
  if (!frame.client.empty()) json.add("client", frame.client);
  return json.text();
}

std::string encode(const LabInput& frame) {
  return JsonObject().add("type", "input").add("data", frame.data).add("seq", frame.seq).text();
}

std::string encode(const LabResize& frame) {
  return JsonObject().add("type", "resize").add("cols", frame.columns).add("rows", frame.rows).text();
}

std::string encode(const LabCommand& frame) {
  return JsonObject().add("type", "command").add("command", frame.command).text();
}

LabFrame parse_lab_frame(std::string_view body) {
  try {
    const Json document = parse_json(body, "frame");
    return read_lab_frame(JsonFields(document));
  } catch (const Error& error) {
    throw FrameError(error.what());
  }
}

}  // namespace wsdeep::wire
