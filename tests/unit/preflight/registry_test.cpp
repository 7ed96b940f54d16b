#include "preflight/registry.h"

#include <gtest/gtest.h>

namespace wsdeep::preflight {
namespace {

TEST(RegistryImage, IsReadAsDockerReadsAName) {
  struct Row {
    const char* name;
    const char* url;
  };
  for (const Row& row : {
           Row{"ollama/ollama", "https://registry-1.docker.io/v2/ollama/ollama/manifests/latest"},
           Row{"vllm/vllm-openai:v0.11.0", "https://registry-1.docker.io/v2/vllm/vllm-openai/manifests/v0.11.0"},
           Row{"docker.io/vllm/vllm-openai:v1", "https://registry-1.docker.io/v2/vllm/vllm-openai/manifests/v1"},
           Row{"debian:12", "https://registry-1.docker.io/v2/library/debian/manifests/12"},
           Row{"ghcr.io/team/vllm:v1", "https://ghcr.io/v2/team/vllm/manifests/v1"},
           Row{"localhost:5000/vllm:v1", "http://localhost:5000/v2/vllm/manifests/v1"},
           Row{"127.0.0.1:5000/vllm", "http://127.0.0.1:5000/v2/vllm/manifests/latest"},
           Row{"registry.example.com:5000/a/b:v1@sha256:00",
               "https://registry.example.com:5000/v2/a/b/manifests/sha256:00"},
       })
    EXPECT_EQ(RegistryImage::parse(row.name).manifest_url(), row.url) << row.name;
}

}  // namespace
}  // namespace wsdeep::preflight
