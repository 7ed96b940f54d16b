#include "load/watch/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/memory_files.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFiles;
using KernelFiles = std::map<std::filesystem::path, std::string>;

/// What is said when `act` fails: `message; hint`. Empty when it does not.
std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(error.what()) + "; " + error.hint();
  }
  return "";
}

TEST(LoadCaps, NameTheFlagThatRaisesThem) {
  const auto said = [](const RunSize& size) { return complaint([&] { check_caps(size, LoadCaps{}); }); };
  EXPECT_EQ(said({.rate = 1000, .sessions = 10'000, .duration = 3'600'000'000}), "");
  EXPECT_EQ(said({.rate = 1000.5}),
            "a rate of 1000.5/s is above the cap of 1000/s; if that is meant: --max-rate 1000.5/s");
  EXPECT_EQ(said({.sessions = 10'001}),
            "the number of 10001 sessions is above the cap of 10000; if that is meant: --max-sessions 10001");
  EXPECT_EQ(said({.duration = 3'600'000'001}),
            "a duration of 3601s is above the cap of 3600s; if that is meant: --max-duration 3601s");
}

TEST(MachineLimits, CountLocalPorts) {
  const MemoryFiles files(KernelFiles{{"/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"}});
  const auto said = [&](const RunSize& size) { return complaint([&] { check_machine(size, files); }); };
  EXPECT_EQ(said({.sessions = 28'232}), "");
  EXPECT_EQ(said({.sessions = 28'233}),
            "cannot open 28233 connections to one address: this machine has 28232 local ports for them; more of them: "
            "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
  EXPECT_EQ(said({.sessions = 28'233, .addresses = 2}), "");
  EXPECT_THAT(said({.sessions = 100'000}), HasSubstr("share the load among several machines"));
}

TEST(MachineLimits, EstimateMemory) {
  const MemoryFiles files(KernelFiles{{"/proc/meminfo", "MemTotal: 9999999 kB\nMemAvailable:     131072 kB\n"}});
  const auto said = [&](const RunSize& size) { return complaint([&] { check_machine(size, files); }); };
  EXPECT_EQ(said({.sessions = 500, .turns = 10'000}), "");
  EXPECT_THAT(said({.sessions = 500, .turns = 1'000'000}),
              HasSubstr("cannot keep 1000000 turns and 500 sessions: about 492.7 MB are needed, and 134.2 MB"));
}

TEST(MachineLimits, WhatTheKernelDoesNotTellLimitsNothing) {
  const std::vector<KernelFiles> strange = {
      {},
      {{"/proc/sys/net/ipv4/ip_local_port_range", "60999 32768\n"}},
      {{"/proc/sys/net/ipv4/ip_local_port_range", "many\n"}, {"/proc/meminfo", "MemAvailable: lots kB\n"}}};
  for (const KernelFiles& files : strange)
    EXPECT_EQ(complaint([&] { check_machine({.sessions = 60'000, .turns = 1'000'000}, MemoryFiles(files)); }), "");
}

/// Limits are lowered in a child, which exits with what `act` returns.
int in_a_child(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void set_descriptor_limit(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(DescriptorLimit, IsRaisedToTheHardOneWhereThatIsEnough) {
  EXPECT_EQ(in_a_child([] {
              set_descriptor_limit(256, 2000);
              make_room_for_descriptors(1500);
              rlimit after{};
              ::getrlimit(RLIMIT_NOFILE, &after);
              return after.rlim_cur == 2000 ? 0 : 1;
            }),
            0);
}

TEST(DescriptorLimit, SaysTheCommandThatRaisesTheHardOne) {
  EXPECT_EQ(
      in_a_child([] {
        set_descriptor_limit(256, 2000);
        const std::string said = complaint([] { make_room_for_descriptors(5000); });
        return said == "cannot hold 5000 sessions: 5200 file descriptors are needed, and 2000 are allowed; in this "
                       "shell: ulimit -n 65536 (root may raise the hard limit); in a systemd unit: "
                       "LimitNOFILE=65536"
                   ? 0
                   : 1;
      }),
      0);
}

TEST(TargetRule, KnowsLoopback) {
  for (const char* host : {"127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"128.0.0.1", "::2", "localhost.example.com", "127.0.0.1.nip.io", "1.127.0.0", "", "0.0.0.0"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(TargetRule, LetsNobodyLoadWhatIsNotTheirs) {
  const auto said = [](const std::string& url, const std::vector<std::string>& known, bool own) {
    return complaint([&] { require_own_target(url, known, own); });
  };
  const std::string foreign = "wss://abc.execute-api.eu-west-1.amazonaws.com/prod";
  EXPECT_EQ(said("grpc://127.0.0.1:50051", {}, false), "");
  EXPECT_EQ(said("ws://[::1]:8080/", {}, false), "");
  EXPECT_EQ(said(foreign, {}, true), "");
  EXPECT_EQ(said(foreign, {"wss://ABC.execute-api.eu-west-1.amazonaws.com/prod"}, false), "");
  EXPECT_EQ(said("grpcs://nodes.example.com", {"nodes.example.com:443"}, false), "");
  EXPECT_EQ(
      said(foreign, {"wss://other.execute-api.eu-west-1.amazonaws.com/prod"}, false),
      "whose is abc.execute-api.eu-west-1.amazonaws.com? a load test may only go to loopback, to the local system, "
      "and to what the outputs of an environment name; if it is yours to load: --i-own-this-target");
}

}  // namespace
}  // namespace wsdeep::load
