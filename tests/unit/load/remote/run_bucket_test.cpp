#include "load/remote/run_bucket.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/error.h"
#include "load/remote/worker_inputs.h"
#include "support/manual_clock.h"
#include "support/memory_files.h"
#include "support/scripted_http_server.h"

namespace wsdeep::load {
namespace {

class RunBucketTest : public ::testing::Test {
 protected:
  /// As S3 does, which names every request.
  void answer(int status, const std::string& body = {}) {
    server_.expect(status, body, {{"x-amz-request-id", "4442587FB7D0A2F9"}});
  }
  Env environment(std::map<std::string, std::string, std::less<>> more = {}) const {
    more.merge(std::map<std::string, std::string, std::less<>>{{"AWS_ENDPOINT_URL", server_.url()},
                                                               {"AWS_ACCESS_KEY_ID", "AKID"},
                                                               {"AWS_SECRET_ACCESS_KEY", "secret"},
                                                               {"AWS_MAX_ATTEMPTS", "1"},
                                                               {"AWS_REGION", "eu-west-1"}});
    return Env(std::move(more));
  }
  std::string asked() const {
    const net::HttpRequest request = server_.last_request();
    return request.method + " " + request.target;
  }

  testing::ScriptedHttpServer server_;
  testing::ManualClock clock_;
  testing::MemoryFiles files_;
};

TEST_F(RunBucketTest, KeepsARunBelowItsPrefix) {
  BucketAccess access(environment(), files_, clock_);
  for (const char* results : {"s3://b/loads", "s3://b/loads/"}) {
    RunBucket bucket(access, results, "5f0c");
    EXPECT_EQ(bucket.shard_uri("3"), "s3://b/loads/5f0c/worker-3.shard");
    EXPECT_EQ(bucket.inputs_uri(), "s3://b/loads/5f0c/inputs/");
  }
  EXPECT_EQ(RunBucket(access, "s3://b", "5f0c").shard_uri("3"), "s3://b/5f0c/worker-3.shard");
  EXPECT_THROW(RunBucket(access, "/loads", "5f0c"), Error);
}

TEST_F(RunBucketTest, SaysThatAShardIsNotThere) {
  BucketAccess access(environment(), files_, clock_);
  RunBucket bucket(access, "s3://b/loads", "5f0c");
  answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_EQ(bucket.shard(3), std::nullopt);
  EXPECT_EQ(asked(), "GET /b/loads/5f0c/worker-3.shard");
}

TEST_F(RunBucketTest, PutsAShardOnceAndNeverOverAnotherOne) {
  BucketAccess access(environment(), files_, clock_);
  const std::string taken = "<Error><Code>PreconditionFailed</Code></Error>";
  answer(200);
  put_shard(access, "s3://b/5f0c/worker-0.shard", "mine");
  EXPECT_EQ(net::header(server_.last_request().headers, "If-None-Match"), "*");
  answer(412, taken);
  answer(200, "mine");
  put_shard(access, "s3://b/5f0c/worker-0.shard", "mine");  // the answer to a first try was lost
  answer(412, taken);
  answer(200, "another");
  EXPECT_THROW(put_shard(access, "s3://b/5f0c/worker-0.shard", "mine"), Error);
  EXPECT_THROW(put_shard(access, "s3://b", "mine"), Error);
}

TEST_F(RunBucketTest, SaysWhatNamesTheRegion) {
  Env nowhere(std::map<std::string, std::string, std::less<>>{{"AWS_ENDPOINT_URL", server_.url()}});
  EXPECT_THROW(BucketAccess(nowhere, files_, clock_), Error);
}

TEST_F(RunBucketTest, SendsInputsAndNamesThemInVariablesAlone) {
  BucketAccess access(environment(), files_, clock_);
  RunBucket bucket(access, "s3://b/loads", "5f0c");
  files_.contents["t.jsonl"] = "token";
  answer(200);
  const auto variables = send_inputs(bucket, {{"t.jsonl", "tokens", true}}, files_);
  EXPECT_EQ(asked(), "PUT /b/loads/5f0c/inputs/tokens");
  EXPECT_EQ(server_.last_request().body, "token");
  EXPECT_EQ(variables,
            (std::map<std::string, std::string, std::less<>>{{"WSDEEP_LOADTEST_INPUTS", "s3://b/loads/5f0c/inputs/"},
                                                             {"WSDEEP_LOADTEST_INPUT_FILES", "tokens"}}));
}

TEST_F(RunBucketTest, BringsInputsToAWorker) {
  answer(200, "token");
  fetch_inputs(environment({{"WSDEEP_LOADTEST_INPUTS", "s3://b/loads/5f0c/inputs/"},
                            {"WSDEEP_LOADTEST_INPUT_FILES", "tokens"},
                            {"WSDEEP_LOADTEST_SALT", "5f0c"}}),
               files_, clock_);
  EXPECT_EQ(asked(), "GET /b/loads/5f0c/inputs/tokens");
  EXPECT_EQ(files_.contents[fetched_folder("5f0c") + "/tokens"], "token");
}

TEST_F(RunBucketTest, FetchesNothingThatIsNoInput) {
  fetch_inputs(environment(), files_, clock_);
  for (const char* names : {"../x", "tokens,", "a/b", "tokens,/etc/passwd", "Tokens"})
    EXPECT_THROW(fetch_inputs(environment({{"WSDEEP_LOADTEST_INPUTS", "s3://b/5f0c/inputs/"},
                                           {"WSDEEP_LOADTEST_INPUT_FILES", names},
                                           {"WSDEEP_LOADTEST_SALT", "5f0c"}}),
                              files_, clock_),
                 Error)
        << names;
}

TEST_F(RunBucketTest, RemovesInputsInAllVersions) {
  BucketAccess access(environment(), files_, clock_);
  RunBucket bucket(access, "s3://b/loads", "5f0c");
  answer(200, "<L><Version><Key>loads/5f0c/inputs/tokens</Key><VersionId>1</VersionId></Version></L>");
  answer(200, "<DeleteResult/>");
  bucket.remove_inputs();
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].target, "/b?prefix=loads%2F5f0c%2Finputs%2F&versions=");
  EXPECT_NE(requests[1].body.find("<Key>loads/5f0c/inputs/tokens</Key><VersionId>1</VersionId>"), std::string::npos);
}

}  // namespace
}  // namespace wsdeep::load
