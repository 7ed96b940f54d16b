#include "session/lab_machine.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "support/scripted_link.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Writes what it is shown, one word each.
class LabLog final : public LabView {
 public:
  void on_screen(const std::string& data) override { add("screen:" + data); }
  void on_output(const std::string& data) override { add("'" + data + "'"); }
  void on_room() override { ++rooms; }
  void on_unsure(std::size_t bytes) override { add("unsure:" + std::to_string(bytes)); }
  void on_discarded() override { add("discarded"); }
  void on_trouble(const std::string& cause) override { add("trouble:" + cause); }
  void on_lost(const Loss&, milliseconds wait) override {
    add("lost");
    last_wait = wait;
  }
  void on_session_end(std::optional<int> exit_code, const std::string& reason) override {
    add("over:" + (exit_code ? std::to_string(*exit_code) : reason));
  }
  void on_taken(const std::string& reason) override { add("taken:" + reason); }
  void on_end(const Loss&) override { add("end"); }

  /// All since the last call.
  std::string take() { return std::exchange(words_, {}); }
  milliseconds last_wait{0};
  int rooms = 0;

 private:
  void add(const std::string& word) { words_ += (words_.empty() ? "" : " ") + word; }
  std::string words_;
};

class LabMachineTest : public ::testing::Test {
 protected:
  LabMachineTest() { machine_.start(); }

  /// The frames that went out since, such as `attach:80x24 input:0:ls`.
  std::string sent() {
    std::string words;
    for (std::string text = link_.take_sent(); !text.empty(); text = link_.take_sent()) {
      const auto frame = nlohmann::json::parse(text);
      const std::string type = frame.value("type", frame.value("action", ""));
      words += (words.empty() ? "" : " ") + type;
      if (type == "input")
        words += ":" + std::to_string(frame["seq"].get<int>()) + ":" + frame["data"].get<std::string>();
      if (frame.contains("cols"))
        words += ":" + std::to_string(frame["cols"].get<int>()) + "x" + std::to_string(frame["rows"].get<int>());
      if (frame.contains("client")) client_ = frame["client"];
    }
    return words;
  }
  void screen(int seq, std::optional<int> input = 0, const std::string& data = "S") {
    nlohmann::json frame = {{"type", "screen"}, {"data", data}, {"cols", 80}, {"rows", 24}, {"seq", seq}};
    if (input) frame["input"] = *input;
    link_.receive(frame.dump());
  }
  void output(int seq, const std::string& data) {
    link_.receive(nlohmann::json{{"type", "output"}, {"sessionId", "s"}, {"data", data}, {"seq", seq}}.dump());
  }
  void acknowledge(int seq) { link_.receive(nlohmann::json{{"type", "input_ack"}, {"seq", seq}}.dump()); }
  void fail(const std::string& code) {
    link_.receive(nlohmann::json{{"type", "error"}, {"code", code}, {"error", "why"}}.dump());
  }
  void be_attached(std::optional<int> input = 0) {
    link_.accept();
    EXPECT_EQ(sent(), "attach:80x24");
    screen(0, input);
    EXPECT_EQ(view_.take(), "screen:S");
  }
  void come_back() {
    link_.lose();
    link_.pass(view_.last_wait);
    ASSERT_TRUE(link_.alive());
    link_.accept();
    EXPECT_EQ(view_.take(), "lost");
    EXPECT_EQ(sent(), "attach:80x24");
  }

  testing::ManualClock clock_;
  testing::ScriptedLink link_{clock_};
  LabLog view_;
  LabMachine machine_{link_, clock_, {.session_id = "s"}, view_};
  std::string client_;
};

TEST_F(LabMachineTest, AttachesAndShowsTheScreenThenTheOutput) {
  EXPECT_EQ(link_.opened, std::vector<std::string>{"s"});
  be_attached();
  output(0, "a");
  output(1, "b");
  EXPECT_EQ(view_.take(), "'a' 'b'");
}

TEST_F(LabMachineTest, ShowsOutputThatOvertookTheScreenBehindIt) {
  link_.accept();
  output(7, "new");
  output(6, "drawn already");
  EXPECT_EQ(view_.take(), "");
  screen(7);
  EXPECT_EQ(view_.take(), "screen:S 'new'");
}

TEST_F(LabMachineTest, PutsOutputInOrderAndShowsItOnce) {
  be_attached();
  output(1, "b");
  EXPECT_EQ(view_.take(), "");
  output(0, "a");
  output(0, "a");
  output(1, "b");
  EXPECT_EQ(view_.take(), "'a' 'b'");
}

TEST_F(LabMachineTest, AttachesAgainWhenOutputIsMissing) {
  be_attached();
  output(1, "b");
  link_.pass(seconds(2));
  EXPECT_EQ(sent(), "attach:80x24");
  screen(2, 0, "ab");
  output(2, "c");
  EXPECT_EQ(view_.take(), "screen:ab 'c'");
  link_.pass(seconds(20));
  EXPECT_EQ(sent(), "") << "nothing is missing any more";
}

TEST_F(LabMachineTest, TakesEachGapForOneOfItsOwn) {
  be_attached();
  output(1, "b");
  for (int late = 0; late < 20; late += 2) {
    output(late + 3, "-");
    link_.pass(milliseconds(500));
    output(late, "-");
  }
  EXPECT_EQ(sent(), "") << "every one was filled within half a second";
}

TEST_F(LabMachineTest, AttachesAgainRatherThanHoldAnyAmountOfOutput) {
  be_attached();
  for (int seq = 1; seq <= 20; ++seq) output(seq, std::string(64 * 1024, 'x'));
  EXPECT_EQ(sent(), "attach:80x24");
}

TEST_F(LabMachineTest, TakesAFreshScreenInPlaceOfABacklog) {
  be_attached();
  output(0, "a");
  screen(9, std::nullopt, "all");
  output(9, "b");
  EXPECT_EQ(view_.take(), "'a' screen:all 'b'");
  screen(5, std::nullopt, "old");
  EXPECT_EQ(view_.take(), "");
}

TEST_F(LabMachineTest, SendsKeysInNumberedFrames) {
  be_attached();
  machine_.type("l");
  machine_.type("s");
  EXPECT_EQ(sent(), "input:0:l input:1:s");
}

TEST_F(LabMachineTest, JoinsKeysThatWaitForAnAcknowledgement) {
  be_attached();
  for (const char key : std::string("abcdefghij")) machine_.type(std::string(1, key));
  EXPECT_EQ(sent(), "input:0:a input:1:b input:2:c input:3:d input:4:e input:5:f input:6:g input:7:h");
  acknowledge(3);
  EXPECT_EQ(sent(), "input:8:ij");
  EXPECT_GT(view_.rooms, 0);
}

TEST_F(LabMachineTest, CutsALargePasteAndTellsWhenThereIsEnough) {
  be_attached();
  EXPECT_TRUE(machine_.takes_more());
  machine_.type(std::string(200'000, 'p'));
  EXPECT_FALSE(machine_.takes_more());
  std::size_t frames = 0;
  for (std::string text = link_.take_sent(); !text.empty(); text = link_.take_sent(), ++frames)
    EXPECT_EQ(nlohmann::json::parse(text)["data"].get<std::string>().size(), 4096u);
  EXPECT_EQ(frames, 8u);
}

TEST_F(LabMachineTest, WaitsForTheRestOfACharacter) {
  be_attached();
  machine_.type("\xC3");
  EXPECT_EQ(sent(), "");
  machine_.type("\xA4");
  machine_.type("\xFF");
  EXPECT_EQ(sent(), "input:0:ä input:1:\xEF\xBF\xBD");
}

TEST_F(LabMachineTest, HoldsWhatIsTypedWithoutAConnectionUpToALimit) {
  machine_.type("early");
  be_attached();
  EXPECT_EQ(sent(), "input:0:early");
  link_.lose();
  machine_.type(std::string(2'000'000, 'x'));
  EXPECT_EQ(view_.take(), "lost discarded");
  machine_.type("behind the hole");
  EXPECT_EQ(view_.take(), "discarded");
  link_.pass(view_.last_wait);
  link_.accept();
  sent();
  screen(0, 1);
  machine_.type("whole");
  EXPECT_EQ(sent(), "input:1:whole");
}

TEST_F(LabMachineTest, ListensToTheKeyboardWhenALineIsLostInAPaste) {
  be_attached();
  machine_.type(std::string(200'000, 'p'));
  sent();
  ASSERT_FALSE(machine_.takes_more());
  view_.rooms = 0;
  link_.lose();
  EXPECT_TRUE(machine_.takes_more());
  EXPECT_EQ(view_.rooms, 1) << "or nobody could type what leaves";
}

TEST_F(LabMachineTest, ListensToTheKeyboardWhenTheLabFailsInAPaste) {
  be_attached();
  machine_.type(std::string(200'000, 'p'));
  view_.rooms = 0;
  link_.receive(R"({"error":"Failed to process message"})");
  EXPECT_EQ(view_.rooms, 1);
  link_.pass(milliseconds(500));
  view_.rooms = 0;
  link_.pass(seconds(8));
  EXPECT_EQ(view_.rooms, 1) << "nor where attaching is not answered";
}

TEST_F(LabMachineTest, ListensToTheKeyboardWhenAttachingHasSettledAll) {
  be_attached();
  machine_.type("abc");
  machine_.repaint();
  view_.rooms = 0;
  screen(5, 1);
  EXPECT_EQ(view_.rooms, 1) << "no acknowledgement comes that would tell";
}

TEST_F(LabMachineTest, TypesEachKeyOnceOverALostConnection) {
  be_attached();
  machine_.type("a");
  machine_.type("b");
  machine_.type("c");
  sent();
  acknowledge(0);
  const std::string first_client = client_;
  come_back();
  EXPECT_EQ(client_, first_client);
  machine_.type("d");
  EXPECT_EQ(sent(), "");
  screen(5, 2);
  EXPECT_EQ(sent(), "input:2:c input:3:d") << "the server had b, of which the acknowledgement was lost";
  EXPECT_EQ(view_.take(), "screen:S");
}

TEST_F(LabMachineTest, TypesNothingTwiceWhereTheServerDoesNotSay) {
  be_attached(std::nullopt);
  machine_.type("abc");
  sent();
  come_back();
  screen(5, std::nullopt);
  EXPECT_EQ(view_.take(), "unsure:3 screen:S");
  machine_.type("d");
  EXPECT_EQ(sent(), "input:0:d");
}

TEST_F(LabMachineTest, BeginsAnewWhereTheServerHasForgotten) {
  be_attached();
  machine_.type("a");
  acknowledge(0);
  machine_.type("b");
  sent();
  come_back();
  screen(0, 0);
  EXPECT_EQ(view_.take(), "unsure:1 screen:S");
  machine_.type("c");
  EXPECT_EQ(sent(), "input:0:c");
}

TEST_F(LabMachineTest, AttachesAgainWhenKeysAreNotAcknowledged) {
  be_attached();
  machine_.type("a");
  sent();
  link_.pass(seconds(8));
  EXPECT_EQ(sent(), "attach:80x24");
  screen(0, 1);
  link_.pass(seconds(30));
  EXPECT_EQ(sent(), "");
}

TEST_F(LabMachineTest, TellsOneSizeAfterTheOther) {
  be_attached();
  machine_.resize({100, 30});
  machine_.resize({110, 30});
  machine_.resize({120, 40});
  EXPECT_EQ(sent(), "resize:100x30");
  link_.receive(R"({"type":"resize_ack","timestamp":1})");
  EXPECT_EQ(sent(), "resize:120x40");
  link_.receive(R"({"type":"resize_ack","timestamp":1})");
  EXPECT_EQ(sent(), "");
}

TEST_F(LabMachineTest, TellsTheNearestSizeThatATerminalCanHave) {
  be_attached();
  machine_.resize({900, 30});
  EXPECT_EQ(sent(), "resize:500x30");
  link_.receive(R"({"type":"resize_ack","timestamp":1})");
  machine_.resize({0, 0});
  EXPECT_EQ(sent(), "resize:2x1");
  machine_.resize({80, 300});
  machine_.repaint();
  EXPECT_EQ(sent(), "attach:80x200");
}

TEST_F(LabMachineTest, AttachesWithTheSizeOfNow) {
  machine_.resize({132, 50});
  link_.accept();
  EXPECT_EQ(sent(), "attach:132x50");
}

TEST_F(LabMachineTest, LosesAConnectionOnWhichAttachingIsNotAnswered) {
  link_.accept();
  sent();
  link_.pass(seconds(16));
  EXPECT_EQ(sent(), "attach:80x24 attach:80x24");
  link_.pass(seconds(8));
  EXPECT_EQ(view_.take(), "lost");
}

TEST_F(LabMachineTest, TriesAgainLaterAndLaterWhenTheBackendFails) {
  be_attached();
  machine_.type("a");
  sent();
  link_.receive(R"({"error":"Failed to process message"})");
  EXPECT_EQ(view_.take(), "trouble:Failed to process message");
  link_.pass(milliseconds(500));
  EXPECT_EQ(sent(), "attach:80x24");
  link_.receive(R"({"message":"Internal server error","connectionId":"c","requestId":"r"})");
  EXPECT_EQ(view_.take(), "trouble:Internal server error");
  link_.pass(milliseconds(999));
  EXPECT_EQ(sent(), "");
  link_.pass(milliseconds(1));
  EXPECT_EQ(sent(), "attach:80x24");
  screen(0, 0);
  EXPECT_EQ(sent(), "input:0:a") << "it never got there";
}

TEST_F(LabMachineTest, AttachesAtOnceWhenItIsAsked) {
  be_attached();
  machine_.type("a");
  sent();
  fail("input_gap");
  link_.pass(milliseconds(0));
  EXPECT_EQ(sent(), "attach:80x24");
  screen(0, 0);
  sent();
  fail("input_gap");
  link_.pass(milliseconds(0));
  EXPECT_EQ(sent(), "") << "but not in circles";
}

TEST_F(LabMachineTest, EndsWithTheSession) {
  be_attached();
  link_.receive(R"({"type":"session_end","exitCode":3})");
  EXPECT_EQ(view_.take(), "over:3");
  EXPECT_EQ(link_.closes, 1);
  link_.lose(1000);
  EXPECT_EQ(view_.take(), "end");
}

TEST_F(LabMachineTest, EndsWhenTheSessionIsGone) {
  be_attached();
  fail("session_ended");
  EXPECT_EQ(view_.take(), "over:why");
  fail("detached");
  EXPECT_EQ(view_.take(), "") << "nothing is heard any more";
}

TEST_F(LabMachineTest, TriesAgainWhereAnotherServerHasTheSession) {
  be_attached();
  fail("session_elsewhere");
  EXPECT_EQ(view_.take(), "trouble:why");
  link_.pass(milliseconds(500));
  EXPECT_EQ(sent(), "attach:80x24");
  screen(0, 0);
  machine_.type("a");
  EXPECT_EQ(sent(), "input:0:a");
}

TEST_F(LabMachineTest, SaysThatAnotherClientHasIt) {
  be_attached();
  fail("detached");
  EXPECT_EQ(view_.take(), "taken:why");
  EXPECT_EQ(link_.closes, 1);
}

TEST_F(LabMachineTest, IgnoresWhatItDoesNotKnow) {
  be_attached();
  for (const char* frame : {"no json", "{}", "[]", R"({"type":"screen"})", R"({"type":"output","seq":0})",
                            R"({"type":"pong"})", R"({"type":"unknown_command"})", R"({"action":"other"})",
                            R"({"type":"output","commandId":"1","data":"of a command","seq":0})"})
    link_.receive(frame);
  output(0, "a");
  EXPECT_EQ(view_.take(), "'a'");
}

TEST_F(LabMachineTest, LetsGoOfTheTerminal) {
  be_attached();
  machine_.leave();
  EXPECT_EQ(link_.closes, 1);
  output(0, "a");
  EXPECT_EQ(view_.take(), "");
}

}  // namespace
}  // namespace wsdeep::session
