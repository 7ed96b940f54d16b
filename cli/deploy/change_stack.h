#pragma once

#include <string>

#include "deploy/deployment.h"

namespace wsdeep::deploy {

/// Change set, what it changes, question, execution, for a stack that make_ready has left; `template_url` empty: the
/// template goes with the request. Throws when the answer is no.
StepResult change_stack(Deployment& deployment, const std::string& template_url);

}  // namespace wsdeep::deploy
