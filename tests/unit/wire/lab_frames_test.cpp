#include "wire/lab_frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace wsdeep::wire {
namespace {

TEST(LabFrames, AreWrittenAsTheServerReadsThem) {
  EXPECT_EQ(encode(LabAttach{120, 40, "c-1"}), R"({"type":"attach","cols":120,"rows":40,"client":"c-1"})");
  EXPECT_EQ(encode(LabAttach{120, 40, ""}), R"({"type":"attach","cols":120,"rows":40})");
  EXPECT_EQ(encode(LabInput{"l\x1b[A\n", 7}), R"({"type":"input","data":"l\u001b[A\n","seq":7})");
  EXPECT_EQ(encode(LabResize{80, 24}), R"({"type":"resize","cols":80,"rows":24})");
  EXPECT_EQ(encode(LabCommand{"ls -l"}), R"({"type":"command","command":"ls -l"})");
}

TEST(LabFrames, AreReadByTheirType) {
  const auto screen = std::get<LabScreen>(
      parse_lab_frame(R"({"type":"screen","data":"\u001b[H","cols":80,"rows":24,"seq":4,"input":2})"));
  EXPECT_EQ(screen.data, "\x1b[H");
  EXPECT_EQ(screen.seq, 4);
  EXPECT_EQ(screen.input, 2);
  EXPECT_EQ(std::get<LabScreen>(parse_lab_frame(R"({"type":"screen","data":"","seq":0})")).input, std::nullopt);
  EXPECT_EQ(std::get<LabOutput>(parse_lab_frame(R"({"type":"output","sessionId":"s","data":"x","seq":1})")).seq, 1);
  EXPECT_EQ(std::get<LabInputAck>(parse_lab_frame(R"({"type":"input_ack","seq":3})")).seq, 3);
  EXPECT_TRUE(std::holds_alternative<LabResizeAck>(parse_lab_frame(R"({"type":"resize_ack","timestamp":1})")));
  const auto result = std::get<LabCommandResult>(
      parse_lab_frame(R"({"type":"command_result","result":{"output":"hi\n","exitCode":2},"timestamp":1})"));
  EXPECT_EQ(result.output, "hi\n");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(std::get<LabCommandRunning>(parse_lab_frame(R"({"type":"command_running","commandId":"k"})")).command_id,
            "k");
  EXPECT_EQ(std::get<LabSessionEnd>(parse_lab_frame(R"({"type":"session_end","exitCode":0})")).exit_code, 0);
  EXPECT_EQ(std::get<LabSessionEnd>(parse_lab_frame(R"({"type":"session_end","reason":"idle"})")).reason, "idle");
  EXPECT_EQ(std::get<LabOutput>(parse_lab_frame(R"({"type":"output","commandId":"7","data":"x","seq":1})")).command_id,
            "7");
}

TEST(LabFrames, TellWhoseFaultIsTold) {
  EXPECT_EQ(std::get<LabFault>(parse_lab_frame(R"({"type":"error","code":"input_gap","error":"gap"})")).code,
            "input_gap");
  EXPECT_EQ(std::get<LabFault>(parse_lab_frame(R"({"error":"Failed to process message"})")).text,
            "Failed to process message");
  EXPECT_EQ(
      std::get<LabFault>(parse_lab_frame(R"({"message":"Internal server error","connectionId":"c","requestId":"r"})"))
          .text,
      "Internal server error");
}

TEST(LabFrames, TellThatAnotherClientHasTheTerminal) {
  const auto taken = std::get<LabFault>(parse_lab_frame(R"({"type":"detached","reason":"attached elsewhere"})"));
  EXPECT_EQ(taken.code, "detached");
  EXPECT_EQ(taken.text, "attached elsewhere");
}

TEST(LabFrames, LeaveOthersAlone) {
  for (const char* text : {R"({"type":"pong","timestamp":1})", R"({"type":"unknown_command"})", R"({"a":1})", "{}"})
    EXPECT_TRUE(std::holds_alternative<LabOther>(parse_lab_frame(text))) << text;
}

TEST(LabFrames, RefuseWhatLacksWhatItNeeds) {
  for (const char* text : {"", "x", "[]", "3", R"({"type":"screen"})", R"({"type":"screen","data":1,"seq":0})",
                           R"({"type":"output","data":"x"})", R"({"type":"output","data":"x","seq":"1"})",
                           R"({"type":"input_ack"})", R"({"type":"command_result"})"})
    EXPECT_THROW(parse_lab_frame(text), FrameError) << text;
}

}  // namespace
}  // namespace wsdeep::wire
