#include "commands/stack/environments.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

/// What was asked of each environment, in order, and what was said.
class DeployEnvironments : public ::testing::Test {
 protected:
  /// `plan:NAME` or `deploy:NAME`.
  void fail_at(std::string step, ErrorKind kind = ErrorKind::kFailure) {
    failing_ = std::move(step);
    kind_ = kind;
  }
  void nothing_to_do_in(std::string name) { idle_.push_back(std::move(name)); }

  void run(const std::vector<std::string>& environments) {
    ::testing::internal::CaptureStderr();
    try {
      changed_ = deploy_environments(environments,
                                     {[this](const std::string& name) { step("plan:" + name); },
                                      [this](const std::string& name) {
                                        step("deploy:" + name);
                                        return std::find(idle_.begin(), idle_.end(), name) == idle_.end();
                                      }},
                                     console_);
    } catch (const Error& error) {
      error_ = std::string(error.what()) + "|" + error.hint();
    }
    said_ = ::testing::internal::GetCapturedStderr();
  }

  std::vector<std::string> steps_;
  std::string error_;
  std::string said_;
  bool changed_ = false;

 private:
  void step(const std::string& what) {
    steps_.push_back(what);
    if (what == failing_) throw Error(kind_, "no", "try again");
  }

  const Console console_;
  std::string failing_;
  ErrorKind kind_ = ErrorKind::kFailure;
  std::vector<std::string> idle_;
};

TEST_F(DeployEnvironments, PlansAllBeforeItChangesAny) {
  nothing_to_do_in("staging");
  run({"dev", "staging"});
  EXPECT_EQ(steps_, (std::vector<std::string>{"plan:dev", "plan:staging", "deploy:dev", "deploy:staging"}));
  EXPECT_EQ(said_, "plan of dev\n\nplan of staging\n\ndev\n\nstaging\n\ndev      deployed\nstaging  up to date\n");
  EXPECT_TRUE(changed_);
}

TEST_F(DeployEnvironments, ChangesNoneWhenOneCannotBePlanned) {
  fail_at("plan:staging");
  run({"dev", "staging"});
  EXPECT_EQ(steps_, (std::vector<std::string>{"plan:dev", "plan:staging"}));
  EXPECT_EQ(error_, "staging: no|try again; no environment was changed");
}

TEST_F(DeployEnvironments, StopsAtTheFirstThatFailsAndSaysWhatBecameOfEach) {
  fail_at("deploy:staging");
  run({"dev", "staging", "production"});
  EXPECT_EQ(steps_.back(), "deploy:staging");
  EXPECT_EQ(error_, "staging: no|try again");
  EXPECT_EQ(said_.substr(said_.find("\n\ndev  ")),
            "\n\ndev         deployed\nstaging     failed: see below\nproduction  not begun\n");
}

TEST_F(DeployEnvironments, SaysThatNothingWasToBeDone) {
  nothing_to_do_in("dev");
  nothing_to_do_in("staging");
  run({"dev", "staging"});
  EXPECT_FALSE(changed_);
}

TEST_F(DeployEnvironments, TakesEachOnce) {
  run({"dev", "dev"});
  EXPECT_EQ(error_, "--environment names 'dev' twice|");
  EXPECT_TRUE(steps_.empty());
}

}  // namespace
}  // namespace wsdeep::commands
