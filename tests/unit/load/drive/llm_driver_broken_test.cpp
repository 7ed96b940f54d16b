#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/error.h"
#include "load/drive/llm_driver.h"
#include "support/load_fakes.h"
#include "support/raw_http2.h"
#include "support/scripted_llm_server.h"
#include "support/silent_listener.h"

// Targets that keep to no rule, by their bytes: each turn ends, in a row of the table, and nothing hangs.

namespace wsdeep::load {
namespace {

namespace http2 = test::http2;
using namespace std::chrono_literals;
using test::KeptRecords;
using ::testing::HasSubstr;
using testing::kPatience;

class OneQuestion final : public PromptSource {
 public:
  Prompt prompt(const Arrival&, std::uint64_t, int) const override { return {"", "hi", {}}; }
  int turns(std::uint64_t) const override { return 1; }
};

/// Answers the question for its health, and plays `script` to each call that comes then.
class RawLlmPeer {
 public:
  using Script = std::function<void(test::RawSocket&, std::uint32_t stream)>;

  explicit RawLlmPeer(Script script) : script_(std::move(script)), thread_([this] { run(); }) {}
  ~RawLlmPeer() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }
  RawLlmPeer(const RawLlmPeer&) = delete;
  RawLlmPeer& operator=(const RawLlmPeer&) = delete;

  std::string url() const { return fmt::format("grpc://127.0.0.1:{}", listener_.port()); }

 private:
  void run() {
    while (true) {
      test::RawSocket socket = listener_.accept();
      if (socket.fd() < 0) return;
      try {
        http2::open(socket);
        for (std::uint32_t stream = 1;; stream += 2) answer(socket, stream);
      } catch (const std::exception&) {
        continue;  // the client has closed, or the script has
      }
    }
  }
  void answer(test::RawSocket& socket, std::uint32_t stream) {
    http2::await_request(socket);
    if (!std::exchange(said_health_, true)) return socket.send(http2::good_answer("healthy", stream));
    script_(socket, stream);
  }

  const Script script_;
  test::SilentListener listener_;
  bool said_health_ = false;
  std::thread thread_;
};

RawLlmPeer::Script saying(std::function<std::string(std::uint32_t)> bytes) {
  return [bytes = std::move(bytes)](test::RawSocket& socket, std::uint32_t stream) { socket.send(bytes(stream)); };
}

std::string trailers_alone(const char* code, std::uint32_t stream, const char* field = "x-nothing") {
  return http2::headers({{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", code}, {field, "1"}},
                        true, stream);
}

std::string http_status(const char* status, std::uint32_t stream) {
  return http2::headers({{":status", status}, {"content-type", "text/html"}}, true, stream);
}

/// The one record of a turn at a peer, which comes in time.
TurnRecord turn_at_peer(RawLlmPeer::Script script, std::chrono::milliseconds timeout = kPatience) {
  const RawLlmPeer peer(std::move(script));
  const OneQuestion prompts;
  const RunClock clock;
  KeptRecords log;
  LlmDriver driver({.targets = {{peer.url()}}, .turn_timeout = timeout}, prompts, clock, log);
  driver.prepare({});
  driver.begin({.intended = clock.now()});
  driver.finish(kPatience, {});
  EXPECT_EQ(log.turns(0).size(), 1U);
  return log.turns(0).front();
}

struct BrokenTarget {
  const char* what;
  RawLlmPeer::Script script;
  TurnEnd how;
  const char* reason;
};

class LlmDriverAt : public ::testing::TestWithParam<BrokenTarget> {};

TEST_P(LlmDriverAt, EndsInARowOfTheTable) {
  const TurnRecord record = turn_at_peer(GetParam().script);
  EXPECT_EQ(record.how, GetParam().how) << record.detail;
  EXPECT_EQ(record.reason, GetParam().reason) << record.detail;
}

INSTANTIATE_TEST_SUITE_P(
    BrokenTargets, LlmDriverAt,
    ::testing::Values(
        BrokenTarget{"AWholeAnswer", saying([](auto stream) { return http2::good_answer("Hello", stream); }),
                     TurnEnd::kCompleted, ""},
        BrokenTarget{"NoRoom", saying([](auto stream) { return trailers_alone("8", stream); }), TurnEnd::kRefused,
                     "overloaded"},
        BrokenTarget{"NotNow", saying([](auto stream) { return trailers_alone("14", stream); }), TurnEnd::kRefused,
                     "unavailable"},
        BrokenTarget{"ADrainingNode",
                     saying([](auto stream) { return trailers_alone("14", stream, "wsdeep-draining"); }),
                     TurnEnd::kRefused, "draining"},
        BrokenTarget{"AStatusThatIsNone", saying([](auto stream) { return trailers_alone("99", stream); }),
                     TurnEnd::kFailed, "internal"},
        BrokenTarget{"Http503", saying([](auto stream) { return http_status("503", stream); }), TurnEnd::kRefused,
                     "http 503"},
        BrokenTarget{"Http404", saying([](auto stream) { return http_status("404", stream); }), TurnEnd::kFailed,
                     "http 404"},
        BrokenTarget{"APage", saying([](auto stream) { return http_status("200", stream); }), TurnEnd::kFailed,
                     "not gRPC"},
        BrokenTarget{"NoTextAndNoEnd", saying([](auto stream) { return trailers_alone("0", stream); }),
                     TurnEnd::kFailed, "broken answer"},
        BrokenTarget{"AFaultAfterText", saying([](auto stream) {
                       return http2::beginning("Hel", stream) + http2::headers({{"grpc-status", "13"}}, true, stream);
                     }),
                     TurnEnd::kTruncated, "internal"},
        BrokenTarget{"AReset", saying([](auto stream) { return http2::reset(2, stream); }), TurnEnd::kFailed,
                     "connection lost"},
        BrokenTarget{"AResetAfterText",
                     [](test::RawSocket& socket, std::uint32_t stream) {
                       socket.send(http2::beginning("Hel", stream));
                       http2::await_told(socket);
                       socket.send(http2::reset(8, stream));
                     },
                     TurnEnd::kTruncated, "connection lost"},
        BrokenTarget{"ARefusedStream", saying([](auto stream) { return http2::reset(7, stream); }), TurnEnd::kRefused,
                     "unavailable"},
        BrokenTarget{"CalmDown", saying([](auto stream) { return http2::reset(11, stream); }), TurnEnd::kRefused,
                     "overloaded"},
        BrokenTarget{"GoAway", saying([](auto) { return http2::go_away(0); }), TurnEnd::kFailed, "connection lost"},
        BrokenTarget{"AnEndAfterText",
                     [](test::RawSocket& socket, std::uint32_t stream) {
                       socket.send(http2::beginning("Hel", stream));
                       http2::await_told(socket);
                       socket.end_of_sending();
                     },
                     TurnEnd::kTruncated, "connection lost"},
        BrokenTarget{"Garbage", saying([](auto) { return std::string("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"); }),
                     TurnEnd::kFailed, "connection lost"},
        BrokenTarget{"AMessageOfGarbage", saying([](auto stream) {
                       return http2::headers({{":status", "200"}, {"content-type", "application/grpc"}}, false,
                                             stream) +
                              http2::frame(http2::kData, 0, stream, std::string("\0\0\0\0\3\xff\xff\xff", 8));
                     }),
                     TurnEnd::kFailed, "broken answer"}),
    [](const auto& row) { return row.param.what; });

TEST(LlmDriverAtBroken, IsOverInTimeWhenNothingComes) {
  const TurnRecord record = turn_at_peer(saying([](auto) { return std::string(); }), 200ms);
  EXPECT_EQ(record.how, TurnEnd::kFailed);
  EXPECT_EQ(record.reason, "deadline");
}

TEST(LlmDriverAtBroken, LeavesASilentTargetWhenToldTo) {
  const RawLlmPeer peer(saying([](auto) { return std::string(); }));
  const OneQuestion prompts;
  const RunClock clock;
  KeptRecords log;
  LlmDriver driver({.targets = {{peer.url()}}}, prompts, clock, log);
  driver.prepare({});
  for (std::uint64_t index = 0; index < 200; ++index) driver.begin({.index = index, .intended = clock.now()});
  std::stop_source now;
  now.request_stop();
  const Micros asked = clock.now();
  driver.finish(kPatience, now.get_token());
  EXPECT_LT(clock.now() - asked, 10'000'000);
  EXPECT_EQ(log.turns(0).size(), 200U);
  for (const TurnRecord& record : log.turns(0)) EXPECT_EQ(record.how, TurnEnd::kUnfinished);
}

TEST(LlmDriverAtBroken, LeavesASilentNodeThatItWatchesWhenToldTo) {
  const RawLlmPeer peer(saying([](auto stream) { return http2::beginning("Hel", stream); }));
  const RawLlmPeer node(saying([](auto) { return std::string(); }));
  const OneQuestion prompts;
  const RunClock clock;
  KeptRecords log;
  LlmDriver driver({.targets = {{peer.url()}}, .watch = {{{node.url()}}, {}}}, prompts, clock, log);
  driver.prepare({});
  driver.begin({.intended = clock.now(), .cancel_after = 1000});
  EXPECT_TRUE(testing::eventually([&] { return driver.in_flight() == 0; }));
  std::stop_source now;
  now.request_stop();
  const Micros asked = clock.now();
  driver.finish(kPatience, now.get_token());
  EXPECT_LT(clock.now() - asked, 10'000'000);
  EXPECT_EQ(log.turns(0).size(), 1U);
  EXPECT_EQ(driver.figures(test::kWholeRun).engines.at(0).failed, 0U);
}

TEST(LlmDriverAtBroken, TakesMessagesOfAMegabyte) {
  testing::ScriptedLlmServer server(
      [](grpc::ServerContext&, const ::llm::LLMRequest&, grpc::ServerWriter<::llm::LLMResponse>& writer) {
        ::llm::LLMResponse response;
        response.set_text(std::string(1 << 20, 'x'));
        for (int i = 0; i < 4; ++i) writer.Write(response);
        response.set_is_complete(true);
        writer.Write(response);
        return grpc::Status::OK;
      });
  const OneQuestion prompts;
  const RunClock clock;
  KeptRecords log;
  LlmDriver driver({.targets = {{server.url()}}}, prompts, clock, log);
  driver.prepare({});
  driver.begin({.intended = clock.now()});
  const TurnRecord record = log.turns(1).front();
  EXPECT_EQ(record.how, TurnEnd::kCompleted) << record.detail;
  EXPECT_EQ(record.pieces.size(), 5U);
  EXPECT_EQ(record.counted_by, TokenCount::kEstimated);
  EXPECT_EQ(record.output_tokens, 5 * (1 << 18));
  EXPECT_GT(record.bytes_received, 5U << 20);
}

/// What prepare() throws for a target.
std::string fault_before_load(const std::string& url) {
  const OneQuestion prompts;
  const RunClock clock;
  KeptRecords log;
  try {
    LlmDriver driver({.targets = {{url}}}, prompts, clock, log);
    driver.prepare({});
  } catch (const Error& fault) {
    return fmt::format("{}\n{}", fault.what(), fault.hint());
  }
  return {};
}

TEST(LlmDriverAtBroken, SaysBeforeAnyLoadWhatTheTargetIs) {
  testing::ScriptedLlmServer plain([](auto&, auto&, auto&) { return grpc::Status::OK; });
  EXPECT_THAT(fault_before_load(fmt::format("grpcs://127.0.0.1:{}", plain.port())), HasSubstr("TLS"));
  EXPECT_THAT(fault_before_load("http://127.0.0.1:1"), HasSubstr("expected grpc:// or grpcs://"));
}

}  // namespace
}  // namespace wsdeep::load
