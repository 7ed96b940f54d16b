#include "aws/ecs.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using EcsTest = testing::AwsClientTest<Ecs, 3>;

RunTaskRequest worker_task() {
  RunTaskRequest request;
  request.cluster = "load";
  request.task_definition = "wsdeep:3";
  request.launch_type = "FARGATE";
  request.started_by = "wsdeep-5f0c3a9b12d47e60";
  request.client_token = "wsdeep-5f0c3a9b12d47e60-2";
  request.subnets = {"subnet-1", "subnet-2"};
  request.security_groups = {"sg-1"};
  request.container = "wsdeep";
  request.command = {"loadtest", "chat", "--rate", "5/s"};
  request.environment = {{"WSDEEP_LOADTEST_WORKER", "3/8"}};
  return request;
}

TEST_F(EcsTest, RunsATaskWithCommandAndEnvironmentOfItsOwn) {
  server_.expect(200,
                 R"({"tasks":[{"taskArn":"arn:t/1","lastStatus":"PROVISIONING","containers":[{"name":"wsdeep"}]}],)"
                 R"("failures":[]})");
  const EcsTasks begun = client_.run_task(worker_task());
  EXPECT_EQ(asked(),
            R"(RunTask {"cluster":"load","taskDefinition":"wsdeep:3","count":1,"launchType":"FARGATE",)"
            R"("startedBy":"wsdeep-5f0c3a9b12d47e60","clientToken":"wsdeep-5f0c3a9b12d47e60-2",)"
            R"("networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1","subnet-2"],)"
            R"("securityGroups":["sg-1"],"assignPublicIp":"DISABLED"}},)"
            R"("overrides":{"containerOverrides":[{"name":"wsdeep","command":["loadtest","chat","--rate","5/s"],)"
            R"("environment":[{"name":"WSDEEP_LOADTEST_WORKER","value":"3/8"}]}]}})");
  EXPECT_EQ(net::header(server_.last_request().headers, "X-Amz-Target"), "AmazonEC2ContainerServiceV20141113.RunTask");
  EXPECT_TRUE(is_signed_for("ecs"));
  ASSERT_EQ(begun.tasks.size(), 1u);
  EXPECT_EQ(begun.tasks[0].arn, "arn:t/1");
  EXPECT_EQ(begun.tasks[0].last_status, "PROVISIONING");
  EXPECT_TRUE(begun.failures.empty());
}

TEST_F(EcsTest, SaysNothingOfANetworkThatItWasNotTold) {
  server_.expect(200, R"({"tasks":[],"failures":[]})");
  RunTaskRequest request = worker_task();
  request.subnets.clear();
  request.launch_type.clear();
  client_.run_task(request);
  EXPECT_EQ(asked().find("networkConfiguration"), std::string::npos);
  EXPECT_EQ(asked().find("launchType"), std::string::npos);
}

TEST_F(EcsTest, ReadsTheFailuresOfAnAnswerThatIsNoError) {
  server_.expect(200, R"({"tasks":[],"failures":[{"arn":"arn:ci/1","reason":"RESOURCE:MEMORY"},)"
                      R"({"reason":"Capacity is unavailable at this time.","detail":"try another zone"},{}]})");
  const EcsTasks begun = client_.run_task(worker_task());
  ASSERT_EQ(begun.failures.size(), 3u);
  EXPECT_EQ(begun.failures[0].reason, "RESOURCE:MEMORY");
  EXPECT_EQ(begun.failures[0].arn, "arn:ci/1");
  EXPECT_EQ(begun.failures[1].detail, "try another zone");
  EXPECT_EQ(begun.failures[2].reason, "no reason was given");
}

TEST_F(EcsTest, RunsATaskOnceHoweverOftenItAsks) {
  server_.expect(400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})");
  server_.expect(500, R"({"__type":"ServerException","message":"Service Unavailable"})");
  server_.expect(200, R"({"tasks":[{"taskArn":"arn:t/1","lastStatus":"PENDING"}],"failures":[]})");
  EXPECT_EQ(client_.run_task(worker_task()).tasks.size(), 1u);
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 3u);
  for (const net::HttpRequest& request : requests)
    EXPECT_NE(request.body.find(R"("clientToken":"wsdeep-5f0c3a9b12d47e60-2")"), std::string::npos);
}

TEST_F(EcsTest, TellsHowTasksEnded) {
  server_.expect(200, R"({"tasks":[{"taskArn":"arn:t/1","lastStatus":"STOPPED","stopCode":"TaskFailedToStart",)"
                      R"("stoppedReason":"CannotPullContainerError: no such image","containers":[)"
                      R"({"name":"wsdeep","reason":"CannotPullContainerError: no such image"}]},)"
                      R"({"taskArn":"arn:t/2","lastStatus":"STOPPED","stopCode":"EssentialContainerExited",)"
                      R"("containers":[{"name":"wsdeep","exitCode":137,"reason":"OutOfMemoryError"}]}],)"
                      R"("failures":[{"arn":"arn:t/3","reason":"MISSING"}]})");
  const EcsTasks found = client_.describe_tasks("load", {"arn:t/1", "arn:t/2", "arn:t/3"});
  EXPECT_EQ(asked(), R"(DescribeTasks {"cluster":"load","tasks":["arn:t/1","arn:t/2","arn:t/3"]})");
  ASSERT_EQ(found.tasks.size(), 2u);
  EXPECT_EQ(found.tasks[0].stopped_reason, "CannotPullContainerError: no such image");
  EXPECT_EQ(found.tasks[0].stop_code, "TaskFailedToStart");
  EXPECT_EQ(found.tasks[0].containers[0].exit_code, std::nullopt);
  EXPECT_EQ(found.tasks[1].containers[0].exit_code, 137);
  EXPECT_EQ(found.tasks[1].containers[0].reason, "OutOfMemoryError");
  EXPECT_EQ(found.failures[0].reason, "MISSING");
}

TEST_F(EcsTest, AsksForAHundredTasksAtATime) {
  server_.expect(200, R"({"tasks":[{"taskArn":"a","lastStatus":"RUNNING"}]})");
  server_.expect(200, R"({"tasks":[{"taskArn":"b","lastStatus":"RUNNING"}]})");
  const EcsTasks found = client_.describe_tasks("load", std::vector<std::string>(101, "arn"));
  EXPECT_EQ(found.tasks.size(), 2u);
  EXPECT_EQ(asked(), R"(DescribeTasks {"cluster":"load","tasks":["arn"]})");
  client_.describe_tasks("load", {});
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(EcsTest, StopsATask) {
  server_.expect(200, R"({"task":{}})");
  client_.stop_task("load", "arn:t/1", "interrupted");
  EXPECT_EQ(asked(), R"(StopTask {"cluster":"load","task":"arn:t/1","reason":"interrupted"})");
}

TEST_F(EcsTest, RefusesAnswersOfAnotherShape) {
  for (const char* answer : {"", "[]", "{}", R"({"tasks":{}})", R"({"tasks":[1]})", R"({"tasks":[{"taskArn":"a"}]})",
                             R"({"tasks":[{"taskArn":"a","lastStatus":"RUNNING","containers":[{"exitCode":"1"}]}]})",
                             R"({"tasks":[],"failures":[[]]})"}) {
    server_.expect(200, answer);
    EXPECT_THROW(client_.describe_tasks("load", {"a"}), Error) << answer;
  }
}

TEST_F(EcsTest, TellsOfAClusterThatIsNotThere) {
  server_.expect(400, R"({"__type":"ClusterNotFoundException","message":"Cluster not found."})");
  const ServiceError error = refusal_of([this] { client_.run_task(worker_task()); });
  EXPECT_EQ(error.code(), "ClusterNotFoundException");
  EXPECT_EQ(error.detail(), "Cluster not found.");
}

}  // namespace
}  // namespace wsdeep::aws
