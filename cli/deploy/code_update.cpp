#include "deploy/code_update.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/lambda_functions.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/resources.h"
#include "deploy/upload.h"
#include "stack/diagnostic.h"
#include "stack/template/releases.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr std::chrono::milliseconds kUpdatePoll{300};
constexpr std::chrono::minutes kUpdateLimit{5};

struct CodeFunction {
  std::string package;
  std::string name;  ///< Lambda's
};

/// `MessageFunction` is the function of the package `message`.
std::string package_of(const aws::StackResource& resource) {
  constexpr std::string_view kSuffix = "Function";
  if (resource.type != "AWS::Lambda::Function" || !resource.logical_id.ends_with(kSuffix)) return {};
  const std::string name = to_lower(resource.logical_id.substr(0, resource.logical_id.size() - kSuffix.size()));
  const std::vector<std::string>& known = stack::package_names();
  return !stack::is_for_instances(name) && std::find(known.begin(), known.end(), name) != known.end() ? name : "";
}

std::vector<CodeFunction> functions_of(StackSession& session) {
  std::vector<CodeFunction> found;
  for (const aws::StackResource& resource : all_resources(session.access.cloudformation, session.target.name))
    if (const std::string package = package_of(resource); !package.empty() && !resource.physical_id.empty())
      found.push_back({package, resource.physical_id});
  if (found.empty())
    throw Error(ErrorKind::kNotFound, fmt::format("'{}' has none of wsdeep's functions yet", session.target.name),
                deploy_it(session.target));
  return found;
}

std::vector<CodeFunction> chosen(std::vector<CodeFunction> all, const std::vector<std::string>& only) {
  std::vector<std::string> names;
  for (const CodeFunction& one : all) names.push_back(one.package);
  for (const std::string& name : only)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Error(ErrorKind::kUsage,
                  fmt::format("the stack has no function '{}'{}", printable(name), stack::did_you_mean(name, names)),
                  fmt::format("its functions: {}", join(names, ", ")));
  std::erase_if(all, [&](const CodeFunction& one) {
    return !only.empty() && std::find(only.begin(), only.end(), one.package) == only.end();
  });
  return all;
}

std::vector<CodeFunction> meant_functions(const CodeOptions& options, StackSession& session) {
  session.require_stack();
  return chosen(functions_of(session), options.functions);
}

/// Of a plan what `upload` takes: the packages, and the bucket where deployments have theirs.
Plan plan_of(const CodeOptions& options, const std::vector<CodeFunction>& functions, StackSession& session) {
  Plan plan;
  plan.who = session.access.sts.get_caller_identity();
  plan.bucket = package_bucket(options.plan, session.target, plan.who);
  plan.own_bucket = options.plan.bucket.empty();
  std::vector<std::string> names;
  for (const CodeFunction& one : functions) names.push_back(one.package);
  for (const stack::Package& built : build_for(options.plan, session, names))
    plan.artifacts.push_back(artifact_of(built));
  return plan;
}

/// What Lambda calls a zip's code: the SHA-256 of its bytes, as the package's key tells it.
std::string lambda_hash(const Artifact& artifact) {
  constexpr std::size_t kDigits = 64, kExtension = 4;
  return base64(from_hex(artifact.key.substr(artifact.key.size() - kExtension - kDigits, kDigits)).value_or(""));
}

class CodeUpdate {
 public:
  CodeUpdate(const Plan& plan, StackSession& session)
      : plan_(plan),
        session_(session),
        console_(session.context.console),
        lambda_(session.access.http, session.client_options("LAMBDA", "lambda"), session.access.credentials,
                session.context.clock) {}

  /// Lambda takes them side by side; one after the other they are waited for.
  void run(const std::vector<CodeFunction>& functions) {
    std::vector<const CodeFunction*> updated;
    for (const CodeFunction& function : functions)
      if (begin(function)) updated.push_back(&function);
    for (const CodeFunction* function : updated) finish(*function);
    if (!updated.empty()) tell_what_the_stack_knows();
  }

 private:
  const Artifact& artifact_of_function(const CodeFunction& function) const {
    return *std::find_if(plan_.artifacts.begin(), plan_.artifacts.end(),
                         [&](const Artifact& one) { return one.name == function.package; });
  }

  bool begin(const CodeFunction& function) {
    const Artifact& artifact = artifact_of_function(function);
    const aws::FunctionConfiguration now = wait_until_idle(function);
    if (now.code_sha256 == lambda_hash(artifact)) {
      move_alias(function, now.code_sha256, "runs this code already");
      return false;
    }
    lambda_.update_code(function.name, plan_.bucket, artifact.key);
    return true;
  }

  void finish(const CodeFunction& function) {
    const aws::FunctionConfiguration now = wait_until_idle(function);
    if (now.update == "Failed")
      throw Error(ErrorKind::kFailure,
                  fmt::format("{} does not take the new code: {}", function.name, strip_control(now.update_reason)),
                  "the function goes on with the code that it had; correct the cause and run this again");
    move_alias(function, now.code_sha256, "runs the new code");
  }

  /// An update that runs, of whoever, is waited for: Lambda takes one at a time.
  aws::FunctionConfiguration wait_until_idle(const CodeFunction& function) {
    const SteadyTime until = session_.context.clock.steady_now() + kUpdateLimit;
    for (;;) {
      aws::FunctionConfiguration now = lambda_.configuration(function.name);
      if (now.update != "InProgress") return now;
      if (session_.interrupts.wait(kUpdatePoll))
        throw Error(ErrorKind::kInterrupted, fmt::format("interrupted while Lambda updates {}", function.name),
                    "the update goes on; run this again to see it through");
      if (session_.context.clock.steady_now() >= until)
        throw Error(ErrorKind::kFailure,
                    fmt::format("Lambda has not updated {} within {}", function.name, human_duration(kUpdateLimit)),
                    "look at the function in the console, then run this again");
    }
  }

  void move_alias(const CodeFunction& function, const std::string& code, const char* what) {
    const auto before = lambda_.alias_version(function.name, stack::kFunctionAlias);
    std::string more;
    if (before) {
      const std::string version = lambda_.publish(function.name, code);
      if (version != *before) {
        lambda_.point_alias(function.name, stack::kFunctionAlias, version);
        more = fmt::format(", as version {} in place of {}", version, *before);
      }
    }
    console_.err(fmt::format("code      {} {}{}\n", function.package, what, more));
  }

  void tell_what_the_stack_knows() const {
    say(console_,
        fmt::format(
            "the stack '{}' does not know of this code, and no drift detection shows it: the next wsdeep deploy of "
            "this build makes it the stack's own; one of the build that the stack knows finds nothing to change, "
            "and leaves it (wsdeep deploy --code of that build takes it back)",
            session_.target.name));
  }

  const Plan& plan_;
  StackSession& session_;
  const Console& console_;
  aws::LambdaFunctions lambda_;
};

}  // namespace

std::vector<std::string> packages_of(const CodeOptions& options, StackSession& session) {
  std::vector<std::string> packages;
  for (CodeFunction& one : meant_functions(options, session)) packages.push_back(std::move(one.package));
  return packages;
}

void update_code(const CodeOptions& options, StackSession& session) {
  const std::vector<CodeFunction> functions = meant_functions(options, session);
  const Plan plan = plan_of(options, functions, session);
  upload(plan, session);
  CodeUpdate(plan, session).run(functions);
}

}  // namespace wsdeep::deploy
