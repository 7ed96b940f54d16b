#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// A node's journal, on its way to CloudWatch.
namespace wsdeep::node {

/// One line of what the services of a node have written.
struct JournalEntry {
  std::int64_t timestamp_ms = 0;
  std::string message;  ///< UTF-8, not empty, without secrets, no longer than CloudWatch takes
  std::string cursor;   ///< journald's name of this place

  bool operator==(const JournalEntry&) const = default;
};

/// A line of `journalctl -o json`; nothing for what is none, or has nothing to say. A stage (wire/node_stage.h) stands
/// alone; before anything else stands which service said it: `wsdeep-engine: …`.
std::optional<JournalEntry> parse_journal_entry(std::string_view line);

/// Each value that opens something replaced by `(hidden)`: signatures of presigned URLs, tokens, passwords.
std::string without_secrets(std::string_view text);

}  // namespace wsdeep::node
