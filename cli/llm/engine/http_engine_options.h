#pragma once

#include <chrono>
#include <string>

namespace wsdeep::llm {

/// `kOpenAi`: POST /v1/chat/completions with server-sent events, as vLLM, SGLang, llama.cpp, Ollama and others serve it
/// (https://platform.openai.com/docs/api-reference/chat/streaming). `kOllama`: POST /api/chat with a JSON document a
/// line (https://github.com/ollama/ollama/blob/main/docs/api.md).
enum class EngineKind { kOpenAi, kOllama };

struct HttpEngineOptions {
  EngineKind kind = EngineKind::kOpenAi;
  std::string url;      ///< http or https; a path in it stands before the protocol's own
  std::string model;    ///< that requests without one get; empty: the first that the engine lists
  bool pull = false;    ///< an Ollama that has not got the model shall pull it
  std::string api_key;  ///< bearer token; empty: none
  std::string api_key_from = "WSDEEP_ENGINE_API_KEY";  ///< where it is from, or could be: for who has to mend it
  std::string api_key_file;                            ///< instead of both; read again when it changes
  std::string ca_file;                                 ///< for https: PEM to trust besides the system's
  int slots = 64;                                      ///< generations that it wants at a time
  std::chrono::milliseconds connect_timeout{3000};
  /// Between two pieces of an answer, and before the first: a long queue and a long prompt are part of it.
  std::chrono::seconds silence_limit{600};
  std::chrono::milliseconds health_interval{2000};
};

}  // namespace wsdeep::llm
