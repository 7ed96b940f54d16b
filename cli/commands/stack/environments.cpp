#include "commands/stack/environments.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

/// What became of each environment, in their order.
class Results {
 public:
  Results(const std::vector<std::string>& environments, const Console& console) : console_(console) {
    for (const std::string& name : environments) {
      lines_.push_back({name, "not begun"});
      width_ = std::max(width_, name.size());
    }
  }

  void set(std::size_t at, const std::string& what) { lines_[at].what = what; }
  void show() const {
    console_.err("\n");
    for (const Line& line : lines_) console_.err(fmt::format("{:<{}}  {}\n", line.name, width_, line.what));
  }

 private:
  struct Line {
    std::string name;
    std::string what;
  };

  const Console& console_;
  std::vector<Line> lines_;
  std::size_t width_ = 0;
};

void check_each_once(const std::vector<std::string>& environments) {
  std::set<std::string> seen;
  for (const std::string& name : environments)
    if (!seen.insert(name).second) throw Error(ErrorKind::kUsage, fmt::format("--environment names '{}' twice", name));
}

Error of_environment(const Error& error, const std::string& name, const std::string& more) {
  const std::string hint = error.hint().empty() || more.empty() ? error.hint() + more : error.hint() + "; " + more;
  return {error.kind(), fmt::format("{}: {}", name, error.what()), hint};
}

}  // namespace

bool deploy_environments(const std::vector<std::string>& environments, const EnvironmentSteps& steps,
                         const Console& console) {
  check_each_once(environments);
  for (const std::string& name : environments) {
    console.err(fmt::format("plan of {}\n", name));
    try {
      steps.plan(name);
    } catch (const Error& error) {
      throw of_environment(error, name, "no environment was changed");
    }
    console.err("\n");
  }
  if (!steps.deploy) return false;
  Results results(environments, console);
  bool has_changed = false;
  for (std::size_t i = 0; i < environments.size(); ++i) {
    console.err(fmt::format("{}{}\n", i == 0 ? "" : "\n", environments[i]));
    try {
      const bool changed = steps.deploy(environments[i]);
      has_changed |= changed;
      results.set(i, changed ? "deployed" : "up to date");
    } catch (const Error& error) {
      results.set(i, error.kind() == ErrorKind::kInterrupted ? "left: see below" : "failed: see below");
      results.show();
      throw of_environment(error, environments[i], "");
    }
  }
  results.show();
  return has_changed;
}

}  // namespace wsdeep::commands
