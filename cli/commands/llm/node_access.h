#pragma once

#include <memory>

#include "commands/client_options.h"
#include "llm/client/target.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {

/// A node that can be asked as long as this lives: by its address, or through Session Manager.
class NodeAccess {
 public:
  /// Opens the tunnel, where there has to be one. Throws as llm_target and aws::SessionTunnel do.
  NodeAccess(const ClientOptions& options, Context& context, const Interrupts& interrupts);
  /// Says it when the tunnel had ended before: after an exception, or what `note_failure` was told of.
  ~NodeAccess();
  NodeAccess(NodeAccess&&) noexcept;
  NodeAccess& operator=(NodeAccess&&) = delete;

  void note_failure() { failed_ = true; }

  /// Its calls end when a signal comes.
  const llm::ClientTarget& target() const { return target_; }

 private:
  struct Tunnel;
  void tell_of_tunnel() const;
  void go_through(const ClientOptions& options, Context& context, const Interrupts& interrupts);

  llm::ClientTarget target_;
  bool failed_ = false;
  std::unique_ptr<Tunnel> tunnel_;
};

}  // namespace wsdeep::commands
