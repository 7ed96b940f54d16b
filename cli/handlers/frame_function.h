#pragma once

#include <string>

#include "chat/chat.h"
#include "handlers/services.h"

namespace wsdeep::handlers {

/// The function behind `message` and its sibling routes, and behind `$default`: they differ in the frames that API
/// Gateway routes to them, and in their permissions.
class FrameFunction final : public Function {
 public:
  FrameFunction(const Env& env, const Clock& clock);
  std::string answer(const Call& call) override;

 private:
  const Env& env_;
  const Clock& clock_;
  Services services_;
  std::string connections_table_;
  std::string chats_table_;
  std::string generate_function_;  ///< empty in `$default`, which never starts one
  chat::Limits limits_;
};

}  // namespace wsdeep::handlers
