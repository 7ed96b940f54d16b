#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lab/jail_options.h"

namespace wsdeep::lab {

/// The limits that only the kernel's control groups can set for a session as a whole: memory, number of processes,
/// share of the processors. Version 2 where its controllers are at hand (systemd: `Delegate=yes`), else version 1, each
/// controller for itself.
/// https://docs.kernel.org/admin-guide/cgroup-v2.html
class Cgroups {
 public:
  /// Finds and prepares what this process may use. Throws nothing: what is missing is in `missing`.
  explicit Cgroups(const JailOptions& options);

  /// `memory`, `pids`, `cpu`, as far as they cannot be limited.
  std::vector<std::string> missing() const;
  /// Makes the group of session `number` and puts `pid` into it. Throws Error{kFailure} when that does not work.
  void place(unsigned number, pid_t pid);
  /// After the last process of the session is gone.
  void remove(unsigned number);

 private:
  struct Controller {
    std::string name;
    std::string folder;  ///< below which sessions get theirs; empty: there is none
    bool is_v2 = false;
  };

  bool use_v2(const std::string& folder);
  void use_v1(Controller& controller);
  std::string group(const Controller& controller, unsigned number) const;
  void limit(const Controller& controller, const std::string& folder) const;

  const JailOptions& options_;
  std::vector<Controller> controllers_;
};

/// The folders of control groups that /proc/self/cgroup and /proc/self/mountinfo tell of.
struct CgroupPlaces {
  std::string unified;  ///< of version 2, or empty
  /// Of version 1; nothing when the controller has no hierarchy of its own.
  std::optional<std::string> of(const std::string& controller) const;
  std::vector<std::pair<std::string, std::string>> v1;  ///< controller, folder
};
CgroupPlaces parse_cgroup_places(const std::string& own_groups, const std::string& mounts);

}  // namespace wsdeep::lab
