#pragma once

#include <optional>
#include <string_view>

#include "wire/chat_frames.h"

/// A private header of the reader of server frames.
namespace wsdeep::wire {

/// The chunk in `body`, read without a document tree: nearly all frames of a stream are chunks. Nothing for everything
/// that is not plainly one (another frame, a field that is not known here, a value of an unusual form): then the whole
/// reader has to look, and says the same of every chunk that this one takes.
std::optional<Chunk> scan_chunk(std::string_view body);

}  // namespace wsdeep::wire
