#include "llm/engine/error_table.h"

#include <gtest/gtest.h>

#include <map>

#include "llm/engine/engine_answer.h"

// The table of errors: what engines answer, byte for byte, and what their callers are told. The bodies are those of the
// engines' own sources and of public reports about them; `engine_answers` has more of them, with the way to the user.

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::string table_code_of(const LlmOutcome& outcome) {
  static const std::map<LlmFault, std::string> kNames = {{LlmFault::kUnavailable, "UNAVAILABLE"},
                                                         {LlmFault::kOverloaded, "RESOURCE_EXHAUSTED"},
                                                         {LlmFault::kTimeout, "DEADLINE_EXCEEDED"},
                                                         {LlmFault::kInvalid, "INVALID_ARGUMENT"},
                                                         {LlmFault::kInternal, "INTERNAL"},
                                                         {LlmFault::kCutOff, "DATA_LOSS"},
                                                         {LlmFault::kMisconfigured, "FAILED_PRECONDITION"}};
  return outcome.ok ? "OK" : kNames.at(outcome.fault);
}

struct ErrorRow {
  int status;
  std::optional<milliseconds> asks_for;  ///< in a Retry-After
  const char* body;
  const char* code;
  const char* words;                   ///< for whoever asked
  const char* cause;                   ///< for the log
  std::optional<milliseconds> hint{};  ///< for the caller
};

LlmOutcome outcome_of(const ErrorRow& row) {
  EngineAnswer answer("it does not take the key of WSDEEP_ENGINE_API_KEY");
  answer.begin(row.status, row.asks_for);
  answer.take(row.body);
  return answer.finish(BodyEnd::kFramed);
}

void expect(const std::vector<ErrorRow>& rows) {
  for (const ErrorRow& row : rows) {
    const LlmOutcome outcome = outcome_of(row);
    EXPECT_EQ(table_code_of(outcome), row.code) << row.status << " " << row.body;
    EXPECT_EQ(outcome.words, row.words) << row.status << " " << row.body;
    EXPECT_EQ(outcome.cause, row.cause) << row.status << " " << row.body;
    EXPECT_EQ(outcome.retry_after, row.hint) << row.status << " " << row.body;
  }
}

TEST(ErrorTable, TellsAFullEngineFromADeadOne) {
  expect({
      // TGI, OpenAI's rate limit, Anthropic's and Dynamo's 529
      {429, 2s, R"({"error":"Model is overloaded","error_type":"overloaded"})", "RESOURCE_EXHAUSTED",
       "Model is overloaded", "the engine answers 429: Model is overloaded", 2s},
      {429, 20s, R"({"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}})",
       "RESOURCE_EXHAUSTED", "Rate limit reached", "the engine answers 429: Rate limit reached", 20s},
      {429, std::nullopt, "", "RESOURCE_EXHAUSTED", "", "the engine answers 429"},
      {529, 1s, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", "RESOURCE_EXHAUSTED",
       "Overloaded", "the engine answers 529: Overloaded", 1s},
      {529, std::nullopt, R"({"message":"All workers are busy","type":"Overloaded","code":529})", "RESOURCE_EXHAUSTED",
       "All workers are busy", "the engine answers 529: All workers are busy"},
      // 503 that says busy: Ollama, Ollama's cloud, SGLang, Dynamo, llama.cpp's /slots, vLLM with a queue limit, Gemini
      {503, std::nullopt, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})",
       "RESOURCE_EXHAUSTED", "server busy, please try again.  maximum pending requests exceeded",
       "the engine answers 503: server busy, please try again.  maximum pending requests exceeded"},
      {503, std::nullopt, R"({"error":"Server overloaded, please retry shortly"})", "RESOURCE_EXHAUSTED",
       "Server overloaded, please retry shortly", "the engine answers 503: Server overloaded, please retry shortly"},
      {503, 5s, R"({"object":"error","message":"The request queue is full.","type":"ServiceUnavailable","code":503})",
       "RESOURCE_EXHAUSTED", "The request queue is full.", "the engine answers 503: The request queue is full.", 5s},
      {503, std::nullopt, R"({"error":"ResourceExhausted: Worker local total request limit reached"})",
       "RESOURCE_EXHAUSTED", "ResourceExhausted: Worker local total request limit reached",
       "the engine answers 503: ResourceExhausted: Worker local total request limit reached"},
      {503, std::nullopt, R"({"error":{"code":503,"message":"no slot available","type":"unavailable_error"}})",
       "RESOURCE_EXHAUSTED", "no slot available", "the engine answers 503: no slot available"},
      {503, std::nullopt, R"({"error":{"message":"Try again later","type":"server_error","code":"server_overloaded"}})",
       "RESOURCE_EXHAUSTED", "Try again later", "the engine answers 503: Try again later"},
      {503, std::nullopt, R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})",
       "RESOURCE_EXHAUSTED", "The model is overloaded.", "the engine answers 503: The model is overloaded."},
      {500, std::nullopt,
       R"({"error":{"message":"That model is currently overloaded with other requests.","type":"server_error"}})",
       "RESOURCE_EXHAUSTED", "That model is currently overloaded with other requests.",
       "the engine answers 500: That model is currently overloaded with other requests."},
      // 503 that loads, or is down: llama.cpp, TGI's hub, SGLang, proxies
      {503, std::nullopt, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
       "UNAVAILABLE", "Loading model", "the engine answers 503: Loading model"},
      {503, 20s, R"({"error":"Model m is currently loading","estimated_time":20.0})", "UNAVAILABLE",
       "Model m is currently loading", "the engine answers 503: Model m is currently loading", 20s},
      {503, std::nullopt, "no healthy upstream", "UNAVAILABLE", "no healthy upstream",
       "the engine answers 503: no healthy upstream"},
      {503, std::nullopt, "", "UNAVAILABLE", "", "the engine answers 503"},
      {502, std::nullopt, "<html><head><title>502 Bad Gateway</title></head></html>", "UNAVAILABLE", "502 Bad Gateway",
       "the engine answers 502: 502 Bad Gateway"},
  });
}

TEST(ErrorTable, TellsAQuestionThatItDoesNotTake) {
  expect({
      // too long: vLLM of before and of now, SGLang, llama.cpp of before (its code is 500) and of now
      {400, std::nullopt,
       R"({"object":"error","message":"This model's maximum context length is 2048 tokens.","type":"BadRequestError","code":400})",
       "INVALID_ARGUMENT", "This model's maximum context length is 2048 tokens.",
       "the engine answers 400: This model's maximum context length is 2048 tokens."},
      {400, std::nullopt,
       R"({"error":{"message":"too long","type":"BadRequestError","code":"context_length_exceeded"}})",
       "INVALID_ARGUMENT", "too long", "the engine answers 400: too long"},
      {500, std::nullopt,
       R"({"error":{"code":500,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":256}})",
       "INVALID_ARGUMENT", "the request exceeds the available context size",
       "the engine answers 500: the request exceeds the available context size"},
      {413, std::nullopt, "Payload Too Large", "INVALID_ARGUMENT", "Payload Too Large",
       "the engine answers 413: Payload Too Large"},
      {422, std::nullopt, R"({"detail":[{"loc":["body","top_k"],"msg":"extra fields not permitted"}]})",
       "INVALID_ARGUMENT", "body.top_k: extra fields not permitted",
       "the engine answers 422: body.top_k: extra fields not permitted"},
      // a model that it does not have: vLLM, Ollama, SGLang
      {404, std::nullopt,
       R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":"model","code":404}})",
       "INVALID_ARGUMENT", "The model `x` does not exist.", "the engine answers 404: The model `x` does not exist."},
      {404, std::nullopt, R"({"error":"model 'x' not found, try pulling it first"})", "INVALID_ARGUMENT",
       "model 'x' not found, try pulling it first",
       "the engine answers 404: model 'x' not found, try pulling it first"},
      // a path that it does not have
      {404, std::nullopt, R"({"detail":"Not Found"})", "UNAVAILABLE", "Not Found", "the engine answers 404: Not Found"},
      {404, std::nullopt, "404 page not found", "UNAVAILABLE", "404 page not found",
       "the engine answers 404: 404 page not found"},
  });
}

TEST(ErrorTable, NamesTheKeyThatIsNotTaken) {
  expect({
      {401, std::nullopt, R"({"error":"Unauthorized"})", "FAILED_PRECONDITION", "",
       "the engine answers 401: it does not take the key of WSDEEP_ENGINE_API_KEY"},
      {401, std::nullopt, R"({"error":{"message":"Incorrect API key provided: sk-12","code":"invalid_api_key"}})",
       "FAILED_PRECONDITION", "", "the engine answers 401: it does not take the key of WSDEEP_ENGINE_API_KEY"},
      {403, std::nullopt, "<title>403 Forbidden</title>", "FAILED_PRECONDITION", "",
       "the engine answers 403: it does not take the key of WSDEEP_ENGINE_API_KEY"},
      {407, std::nullopt, "", "FAILED_PRECONDITION", "",
       "the engine answers 407: it does not take the key of WSDEEP_ENGINE_API_KEY"},
      {200, std::nullopt, R"({"detail":"Not authenticated"})", "FAILED_PRECONDITION", "",
       "the engine refuses the node: it does not take the key of WSDEEP_ENGINE_API_KEY"},
  });
}

#define HI "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"

TEST(ErrorTable, TellsAnErrorInMidStreamByItsTypeAndCode) {
  expect({
      {200, std::nullopt, HI R"(event: error
data: {"error":{"type":"overloaded_error","message":"Overloaded"}}

)",
       "RESOURCE_EXHAUSTED", "Overloaded", "the engine failed: Overloaded"},
      {200, std::nullopt, HI R"(data: {"error":{"message":"aborted by the scheduler","type":"abort","code":503}}

)",
       "UNAVAILABLE", "aborted by the scheduler", "the engine failed: aborted by the scheduler"},
      {200, std::nullopt,
       HI R"(data: {"error":{"message":"EngineCore encountered an issue","type":"InternalServerError","code":500}}

)",
       "INTERNAL", "EngineCore encountered an issue", "the engine failed: EngineCore encountered an issue"},
      {200, std::nullopt, HI R"(data: {"error":{"message":"bad grammar","type":"invalid_request_error"}}

)",
       "INVALID_ARGUMENT", "bad grammar", "the engine failed: bad grammar"},
      {200, std::nullopt, HI R"(error: {"code":500,"message":"context size exceeded","type":"server_error"}

)",
       "INVALID_ARGUMENT", "context size exceeded", "the engine failed: context size exceeded"},
      {200, std::nullopt,
       HI R"(data: {"error":"Request failed during generation: out of memory","error_type":"generation"}

)",
       "INTERNAL", "Request failed during generation: out of memory",
       "the engine failed: Request failed during generation: out of memory"},
      {200, std::nullopt, HI R"(data: {"error":{"message":"stream timed out","type":"timeout_error"}}

)",
       "DEADLINE_EXCEEDED", "stream timed out", "the engine failed: stream timed out"},
      {200, std::nullopt, "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n{\"error\":\"CUDA error\"}\n", "INTERNAL",
       "CUDA error", "the engine failed: CUDA error"},
  });
}

TEST(ErrorTable, TellsAnErrorThatCameWithStatus200) {
  expect({
      {200, std::nullopt, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
       "UNAVAILABLE", "Loading model", "the engine failed: Loading model"},
      {200, std::nullopt, R"({"error":"model is not loaded"})", "INTERNAL", "model is not loaded",
       "the engine failed: model is not loaded"},
      {200, std::nullopt, R"({"object":"error","message":"queue full","type":"","code":429})", "RESOURCE_EXHAUSTED",
       "queue full", "the engine failed: queue full"},
      {200, 5s, R"({"error":"server busy, please try again"})", "RESOURCE_EXHAUSTED", "server busy, please try again",
       "the engine failed: server busy, please try again"},
  });
}

TEST(ErrorTable, TellsAnEndThatIsNone) {
  expect({
      {200, std::nullopt, HI, "DATA_LOSS", "", "the engine's answer ended before it was whole"},
      {200, std::nullopt, "", "DATA_LOSS", "", "the engine's answer ended before it was whole"},
      {200, std::nullopt, "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n", "DATA_LOSS", "",
       "the engine's answer ended before it was whole"},
      {200, std::nullopt, HI "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"abort\"}]}\n\n", "DATA_LOSS",
       "abort", "the engine failed: abort"},
      {200, std::nullopt,
       HI "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}\n\n",
       "RESOURCE_EXHAUSTED", "insufficient_system_resource", "the engine failed: insufficient_system_resource"},
      {200, std::nullopt, HI "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "OK", "", ""},
      {200, std::nullopt, HI "data: [DONE]\n\n", "OK", "", ""},
  });
}

}  // namespace
}  // namespace wsdeep::llm
