#include "node/journal_shipper.h"

#include <gmock/gmock.h>

#include "support/aws_client_test.h"

namespace wsdeep::node {
namespace {

using namespace std::chrono_literals;

class JournalShipperTest : public testing::AwsTest {
 protected:
  aws::Logs logs_{http_, options(1), credentials_, clock_};
  JournalQueue queue_{1 << 20};
  std::vector<std::string> cursors_;

  /// Ships what is in the queue, and what `server_` is told to answer.
  void ship() {
    JournalShipper shipper(logs_, {"g", "i-1", 0ms, 1ms, 2ms},
                           [this](const std::string& at) { cursors_.push_back(at); });
    shipper.run(queue_);
  }
  std::vector<std::string> asked() {
    std::vector<std::string> found;
    for (const net::HttpRequest& one : server_.requests())
      found.push_back(net::header(one.headers, "X-Amz-Target").value_or("").substr(14) + " " + one.body);
    return found;
  }
  static constexpr const char* kPut = R"(PutLogEvents {"logGroupName":"g","logStreamName":"i-1","logEvents":)";
};

TEST_F(JournalShipperTest, SendsInTheOrderOfTimeAndNotesHowFar) {
  queue_.push({2, "b", "c1"});
  queue_.push({1, "a", "c2"});
  queue_.close();
  server_.expect(200, "{}");
  ship();
  EXPECT_THAT(asked(), ::testing::ElementsAre(std::string(kPut) + R"([{"timestamp":1,"message":"a"},)"
                                                                  R"({"timestamp":2,"message":"b"}]})"));
  EXPECT_EQ(cursors_, std::vector<std::string>{"c2"});
}

TEST_F(JournalShipperTest, MakesTheStreamThatIsMissing) {
  queue_.push({1, "a", "c1"});
  queue_.close();
  server_.expect(400, R"({"__type":"ResourceNotFoundException","message":"The specified log stream does not exist."})");
  server_.expect(200, "{}");
  server_.expect(200, "{}");
  ship();
  ASSERT_EQ(asked().size(), 3u);
  EXPECT_EQ(asked()[1], R"(CreateLogStream {"logGroupName":"g","logStreamName":"i-1"})");
  EXPECT_EQ(asked()[2], asked()[0]);
  EXPECT_EQ(cursors_, std::vector<std::string>{"c1"});
}

TEST_F(JournalShipperTest, SendsAgainWhatIsThrottledUntilItIsTaken) {
  queue_.push({1, "a", "c1"});
  for (int i = 0; i < 4; ++i) server_.expect(400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})");
  server_.expect(503, "");
  server_.expect([this](const net::HttpRequest&) {
    queue_.close();
    return net::HttpResponse{200, {}, "{}"};
  });
  ship();
  EXPECT_EQ(asked().size(), 6u);
  EXPECT_EQ(asked().front(), asked().back());
  EXPECT_EQ(cursors_, std::vector<std::string>{"c1"});
}

TEST_F(JournalShipperTest, GivesUpABatchThatIsRefusedForWhatItIs) {
  queue_.push({1, "a", "c1"});
  queue_.close();
  server_.expect(400, R"({"__type":"InvalidParameterException","message":"Log event too large"})");
  ship();
  EXPECT_EQ(cursors_, std::vector<std::string>{"c1"}) << "it would be refused again";
}

TEST_F(JournalShipperTest, TriesOnceMoreWhenNothingComesAnyMoreAndThenEnds) {
  queue_.push({1, "a", "c1"});
  queue_.close();
  server_.expect(503, "");
  server_.expect(503, "");
  ship();
  EXPECT_EQ(cursors_, std::vector<std::string>{}) << "the next process sends it";
}

}  // namespace
}  // namespace wsdeep::node
