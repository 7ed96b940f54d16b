#include "aws/service_discovery.h"

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

using ServiceDiscoveryTest = testing::AwsClientTest<ServiceDiscovery, 2>;

TEST_F(ServiceDiscoveryTest, ListsWhoIsRegisteredOnAllPages) {
  server_.expect(200, R"({"Instances":[{"Id":"lab","Attributes":{"AWS_INSTANCE_IPV4":"10.0.1.7"}}],"NextToken":"n"})");
  server_.expect(200, R"({"Instances":[{"Id":"other"}]})");
  EXPECT_EQ(client_.instances("srv-1"), (std::vector<std::string>{"lab", "other"}));
  EXPECT_EQ(asked(), R"(ListInstances {"ServiceId":"srv-1","NextToken":"n"})");
  EXPECT_TRUE(is_signed_for("servicediscovery"));
}

TEST_F(ServiceDiscoveryTest, TakesAnInstanceAway) {
  server_.expect(200, R"({"OperationId":"4yejorelbukcjzpnr6tlmrghsjwpngf4-k98rnaiq"})");
  EXPECT_TRUE(client_.deregister("srv-1", "lab"));
  EXPECT_EQ(asked(), R"(DeregisterInstance {"ServiceId":"srv-1","InstanceId":"lab"})");
}

TEST_F(ServiceDiscoveryTest, WhatGoesOrIsGoneIsNoFault) {
  server_.expect(400, R"({"__type":"DuplicateRequest","message":"in progress"})");
  EXPECT_FALSE(client_.deregister("srv-1", "lab"));
  server_.expect(400, R"({"__type":"InstanceNotFound","Message":"no such instance"})");
  EXPECT_FALSE(client_.deregister("srv-1", "lab"));
}

TEST_F(ServiceDiscoveryTest, SaysThatThereIsNoSuchService) {
  server_.expect(400, R"({"__type":"ServiceNotFound","message":"no such service"})");
  EXPECT_TRUE(is_missing_service(refusal_of([&] { client_.instances("srv-1"); })));
}

}  // namespace
}  // namespace wsdeep::aws
