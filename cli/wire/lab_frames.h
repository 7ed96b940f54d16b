#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/chat_frames.h"

/// What a terminal of the lab and its client say to each other, over the session's WebSocket: 002's frames, with a
/// `type`, and those that a raw terminal needs beside them. Terminal data is UTF-8 text.
namespace wsdeep::wire {

/// A terminal's smallest and largest size; the server refuses others.
inline constexpr int kLabFewestColumns = 2;
inline constexpr int kLabMostColumns = 500;
inline constexpr int kLabFewestRows = 1;
inline constexpr int kLabMostRows = 200;

// ---- client → server ----

/// The session's terminal is to be seen here, and to have this size.
struct LabAttach {
  int columns = 80;
  int rows = 24;
  std::string client;  ///< whoever attaches again under it goes on with the input where he was
};
/// Keys. Frames of a WebSocket API are worked on side by side: `seq`, from 0, puts them in order again.
struct LabInput {
  std::string data;
  std::int64_t seq = 0;
};
struct LabResize {
  int columns = 80;
  int rows = 24;
};
/// A command line for a shell of its own, beside the terminal.
struct LabCommand {
  std::string command;
};

std::string encode(const LabAttach& frame);
std::string encode(const LabInput& frame);
std::string encode(const LabResize& frame);
std::string encode(const LabCommand& frame);

// ---- server → client ----

/// What paints the whole screen anew; answers `attach`, and comes by itself to one who is behind.
struct LabScreen {
  std::string data;
  std::int64_t seq = 0;               ///< of the output that comes next
  std::optional<std::int64_t> input;  ///< of the input that comes next; nothing: a server that does not tell
};
struct LabOutput {
  std::string data;
  std::int64_t seq = 0;
  std::string command_id;          ///< of the command that wrote it; empty: the terminal's
  std::int64_t skipped_bytes = 0;  ///< that a command wrote before it, too fast to be pushed
};
struct LabInputAck {
  std::int64_t seq = 0;
};
struct LabResizeAck {};
struct LabCommandResult {
  std::string output;  ///< all of it; its end, when it is truncated
  int exit_code = 0;
  std::string command_id;
  bool truncated = false;
};
/// The command outlasts what a route may take: its result is pushed.
struct LabCommandRunning {
  std::string command_id;
};
/// The terminal's shell is gone, and the session with it.
struct LabSessionEnd {
  std::optional<int> exit_code;
  std::string reason;
};
/// A frame could not be served; which one is not told. `code` may be empty: then nobody behind the API answered.
struct LabFault {
  std::string code;
  std::string text;
  std::string output{};    ///< of a command that the session took with it, as a result has it
  bool truncated = false;  ///< its end
};
/// Of no meaning to a terminal: `pong`, `unknown_command`, frames of a newer server.
struct LabOther {};

using LabFrame = std::variant<LabScreen, LabOutput, LabInputAck, LabResizeAck, LabCommandResult, LabCommandRunning,
                              LabSessionEnd, LabFault, LabOther>;

/// Throws FrameError for what is not JSON, or lacks what its type needs.
LabFrame parse_lab_frame(std::string_view body);

}  // namespace wsdeep::wire
