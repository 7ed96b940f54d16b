#include "local/node_process.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/temporary_folder.h"

namespace wsdeep::local {
namespace {

class NodeProcessTest : public ::testing::Test {
 protected:
  /// A program that stands in for `wsdeep llm serve`, written for /bin/sh; what it said when it never listened.
  std::string cause_of(const std::string& script) {
    const std::filesystem::path program = folder_.path() / "node";
    files_.write(program, "#!/bin/sh\ncd " + folder_.path().string() + "\n" + script, 0700);
    std::string cause;
    NodeProcess::Options options;
    options.program = program.string();
    options.log = [&](std::string_view) { files_.write(folder_.path() / "read", ""); };
    options.ready = [](const std::string&) {};
    options.failed = [&](const std::string& words) {
      cause = words;
      loop_.stop();
    };
    const NodeProcess node(loop_, std::move(options));
    loop_.run();
    return cause;
  }

  TemporaryFolder folder_;
  DiskFiles files_;
  net::EventLoop loop_;
};

TEST_F(NodeProcessTest, SaysAllThatANodeSaidWhichNeverListened) {
  EXPECT_EQ(cause_of("echo 'error: no such setting' >&2\n"
                     "until [ -e read ]; do :; done\n"  // so that the next line is read by itself
                     "echo 'settings: one, two' >&2\n"
                     "exit 2\n"),
            "the LLM node ended (2): error: no such setting\nsettings: one, two");
}

TEST_F(NodeProcessTest, KeepsTheLastOfManyWords) {
  const std::string cause = cause_of("i=0; while [ $i -lt 500 ]; do echo line $i >&2; i=$((i+1)); done; exit 1\n");
  EXPECT_TRUE(cause.ends_with("line 498\nline 499")) << cause;
  EXPECT_LT(cause.size(), 2100u);
}

}  // namespace
}  // namespace wsdeep::local
