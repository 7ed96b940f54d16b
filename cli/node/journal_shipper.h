#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "aws/logs.h"
#include "node/journal_queue.h"

namespace wsdeep::node {

struct ShipperOptions {
  std::string group;
  std::string stream;
  std::chrono::milliseconds linger{1000};         ///< for the lines that follow the first
  std::chrono::milliseconds first_wait{1000};     ///< after a call that failed, doubled each time …
  std::chrono::milliseconds longest_wait{60000};  ///< … up to this
};

/// Sends a node's journal to its stream of CloudWatch Logs, which it makes when it is missing. Each entry arrives, once
/// or, when an answer was lost, twice; unless the queue had to drop it, or CloudWatch refuses it for what it is. What
/// fails is logged once, and again when the cause changes.
class JournalShipper {
 public:
  /// Told after each batch how far the journal has been sent, so that the next process begins there.
  using SaveCursor = std::function<void(const std::string&)>;

  JournalShipper(aws::Logs& logs, ShipperOptions options, SaveCursor save);

  /// Until the queue is closed and sent, or, once it is closed, until a call fails.
  void run(JournalQueue& queue);

 private:
  enum class Outcome { kSent, kAgain, kRefused };

  bool send(const std::vector<JournalEntry>& batch, JournalQueue& queue);
  Outcome attempt(const std::vector<aws::LogLine>& lines);
  void put(const std::vector<aws::LogLine>& lines);
  void note(const std::string& fault, const std::string& words);

  aws::Logs& logs_;
  const ShipperOptions options_;
  const SaveCursor save_;
  std::string fault_;  ///< of the last call; empty: it went well
};

}  // namespace wsdeep::node
