#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "base/clock.h"
#include "deploy/change_set.h"

namespace wsdeep::deploy {

/// When it happened, by the service's clock; `fallback` when it says nothing readable.
SystemTime event_time(const aws::StackEvent& event, SystemTime fallback);

/// One operation on a stack as its events tell it, those of nested stacks included.
class Progress {
 public:
  /// `stack_id` of the stack that is operated on.
  Progress(std::string stack_id, std::string stack_name);

  struct Resource {
    std::string path;  ///< `Network/Vpc` inside a nested stack
    std::string type;
    std::string status;
    std::string reason;
    SystemTime first;  ///< when this operation reached it
    SystemTime began;  ///< what it does now
    std::optional<SystemTime> ended;
  };

  /// The next event, in time order within its stack; `seen` is this machine's time. False when it is known already.
  bool add(const aws::StackEvent& event, SystemTime seen);

  const std::string& stack_id() const { return stack_id_; }
  struct NestedStack {
    std::string id;
    std::string path;
    SystemTime since;  ///< what happened in it before is of an earlier operation
  };
  /// The nested stacks that this operation has reached.
  std::vector<NestedStack> nested_stacks() const;
  const std::map<std::string, Resource>& resources() const { return resources_; }
  /// In the order they came, their logical ids as paths.
  const std::vector<aws::StackEvent>& events() const { return events_; }
  /// The stack's own status; empty before its first event.
  const std::string& status() const { return status_; }

  /// The clock of the service, as far as its events tell how far this machine's is off.
  SystemTime service_time(SystemTime local) const;
  /// From the first event to the last, by the service's clock.
  std::chrono::nanoseconds duration() const;

  /// `07:11:42  CREATE_COMPLETE     ChatsTable  AWS::DynamoDB::Table  12s`: what a log shows of an event. Empty for
  /// what a nested stack says about itself: its parent says it too.
  std::string line_of(const aws::StackEvent& event, const ChangeStyle& style) const;
  /// The screen: the stack, what failed, what runs, and as much of what is done as fits into `rows` lines of
  /// `style.columns`.
  std::vector<std::string> screen(SystemTime local_now, std::size_t rows, const ChangeStyle& style) const;

  /// `07:11:42  3m10s, 2 of 9 resources done; waiting for Fleet (2m10s), Alarm (5s) and 1 more`: what a log shows when
  /// nothing happens.
  std::string waiting(SystemTime local_now) const;

  /// When each resource was worked on, one line each, in the order that they were begun: a bar between the operation's
  /// first event and its last, and how long that took.
  std::string chart(const ChangeStyle& style) const;

 private:
  std::string path_of(const aws::StackEvent& event) const;
  std::size_t done() const;
  std::vector<const Resource*> running() const;

  std::string stack_id_;
  std::string stack_name_;
  std::string status_;
  std::map<std::string, std::string> nested_;  ///< stack id → path
  std::map<std::string, Resource> resources_;
  std::vector<aws::StackEvent> events_;
  std::set<std::string> known_;
  std::optional<SystemTime> first_, last_;
  std::optional<std::chrono::nanoseconds> offset_;
};

}  // namespace wsdeep::deploy
