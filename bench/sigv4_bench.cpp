// What signing costs: one streamed frame posted to a connection with temporary credentials, and one DynamoDB call.

#include <benchmark/benchmark.h>

#include <string>

#include "aws/sigv4.h"

namespace wsdeep::aws {
namespace {

const Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                               std::string(700, 't'), std::nullopt};
const SystemTime kNow = from_epoch_ms(1'708'326'702'000);

void BM_SignFrame(benchmark::State& state) {
  const net::Headers headers{{"Content-Type", "application/octet-stream"}};
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state)
    benchmark::DoNotOptimize(
        sign("POST", "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod/%40connections/JC1dgf9yoAMCK-g%3D",
             headers, body, kCredentials, {"eu-west-1", "execute-api"}, kNow));
}
BENCHMARK(BM_SignFrame)->Arg(200)->Arg(4096);

void BM_SignDynamoDbCall(benchmark::State& state) {
  const net::Headers headers{{"Content-Type", "application/x-amz-json-1.0"},
                             {"X-Amz-Target", "DynamoDB_20120810.GetItem"}};
  const std::string body = R"({"TableName":"connections","Key":{"connectionId":{"S":"JC1dgf9yoAMCK-g="}}})";
  for (auto _ : state)
    benchmark::DoNotOptimize(sign("POST", "https://dynamodb.eu-west-1.amazonaws.com/", headers, body, kCredentials,
                                  {"eu-west-1", "dynamodb"}, kNow));
}
BENCHMARK(BM_SignDynamoDbCall);

}  // namespace
}  // namespace wsdeep::aws
