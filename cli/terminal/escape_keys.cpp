#include "terminal/escape_keys.h"

namespace wsdeep {
namespace {

constexpr char kEscape = '~';
constexpr char kControlZ = 0x1A;

EscapeCommand escape_command(char key) {
  switch (key) {
    case '.':
      return EscapeCommand::kLeave;
    case kControlZ:
      return EscapeCommand::kSuspend;
    case 'r':
      return EscapeCommand::kRepaint;
    case '?':
      return EscapeCommand::kHelp;
    default:
      return EscapeCommand::kNone;
  }
}

}  // namespace

std::vector<KeyPiece> EscapeKeys::feed(std::string_view keys) {
  std::vector<KeyPiece> pieces(1);
  for (const char key : keys) {
    if (at_begin_ && !escaped_ && key == kEscape) {
      escaped_ = true;
      continue;
    }
    const EscapeCommand command = escaped_ ? escape_command(key) : EscapeCommand::kNone;
    if (command != EscapeCommand::kNone) {
      pieces.back().command = command;
      pieces.emplace_back();
      escaped_ = false;
      continue;
    }
    if (escaped_ && key != kEscape) pieces.back().keys += kEscape;
    pieces.back().keys += key;
    escaped_ = false;
    at_begin_ = key == '\r' || key == '\n';
  }
  if (pieces.back() == KeyPiece{}) pieces.pop_back();
  return pieces;
}

}  // namespace wsdeep
