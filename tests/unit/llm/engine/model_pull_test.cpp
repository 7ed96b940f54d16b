#include "llm/engine/model_pull.h"

#include <gtest/gtest.h>

namespace wsdeep::llm {
namespace {

TEST(ModelPull, SaysHowFarItIs) {
  struct Row {
    const char* body;
    std::optional<int> percent;
    const char* failure;
  };
  for (const Row& row : {
           Row{"", std::nullopt, "the engine ended without success"},
           {"{\"status\":\"pulling manifest\"}\n", std::nullopt, "the engine ended without success"},
           {"{\"status\":\"pulling a\",\"digest\":\"a\",\"total\":100}\n{\"status\":\"success\"}\n", 0, ""},
           {"{\"status\":\"pulling a\",\"digest\":\"a\",\"total\":100,\"completed\":43}\n", 43,
            "the engine ended without success"},
           {"{\"digest\":\"a\",\"total\":100,\"completed\":100}\n{\"digest\":\"b\",\"total\":300,\"completed\":0}\n"
            "{\"status\":\"success\"}",
            25, ""},
           {"{\"digest\":\"a\",\"total\":100,\"completed\":900}\n{\"status\":\"success\"}\n", 100, ""},
           {"{\"digest\":\"a\",\"total\":-1,\"completed\":\"x\"}\n{\"digest\":7,\"total\":9}\n{\"status\":\"success\"}"
            "\n",
            std::nullopt, ""},
           {"{\"error\":\"pull model manifest: file does not exist\"}\n", std::nullopt,
            "pull model manifest: file does not exist"},
           {"{\"digest\":\"a\",\"total\":100,\"completed\":43}\n{\"error\":{}}\n", 43,
            "the engine ended without success"},
           {"<html><title>Not here</title></html>", std::nullopt, "the engine ended without success"},
       }) {
    const std::string_view body(row.body);
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
      ModelPull pull;
      pull.take(body.substr(0, cut));
      pull.take(body.substr(cut));
      const std::string failure = pull.finish(200);
      EXPECT_EQ(pull.percent(), row.percent) << row.body << " cut at " << cut;
      EXPECT_EQ(failure, row.failure) << row.body << " cut at " << cut;
    }
  }
}

TEST(ModelPull, SaysWhatAnErrorStatusSays) {
  ModelPull refused, page;
  refused.take("{\"error\":\"invalid model name\"}");
  EXPECT_EQ(refused.finish(400), "invalid model name");
  page.take("<html><title>Not here</title></html>");
  EXPECT_EQ(page.finish(404), "the engine answers 404: Not here");
  EXPECT_EQ(ModelPull().finish(500), "the engine answers 500");
}

}  // namespace
}  // namespace wsdeep::llm
