#pragma once

#include <string>

#include "handlers/backend.h"

namespace wsdeep::handlers {

/// The function behind `message` and its sibling routes, and behind `$default`: they differ in the frames that API
/// Gateway routes to them, and in their permissions.
class FrameFunction final : public Function {
 public:
  FrameFunction(const Env& env, const Clock& clock);
  std::string answer(const Call& call) override;

 private:
  const Env& env_;
  Backend backend_;
  std::string generate_function_;  ///< empty in `$default`, which never starts one
};

}  // namespace wsdeep::handlers
