"""An LLM client and an LLM server of before: Python and gRPC, made from a .proto of the first fields only. Debian's
Python runs it (python3-grpcio, python3-grpc-tools).

  old_llm.py client HOST:PORT PROMPT    calls all three, and prints what they answered as JSON
  old_llm.py server                     prints its port, then each request that it gets as a line of JSON
"""

import importlib
import json
import os
import sys
import tempfile
from concurrent import futures

import grpc
from grpc_tools import protoc

PROTO = """
syntax = "proto3";
package llm;
service LLMService {
  rpc GenerateStream(LLMRequest) returns (stream LLMResponse);
  rpc Generate(LLMRequest) returns (LLMCompleteResponse);
  rpc HealthCheck(HealthCheckRequest) returns (HealthCheckResponse);
}
message Parameters {
  float temperature = 1;
  int32 max_tokens = 2;
  float top_p = 3;
  float presence_penalty = 4;
  float frequency_penalty = 5;
}
message LLMRequest { string prompt = 1; Parameters parameters = 2; }
message LLMResponse { string text = 1; bool is_complete = 2; }
message LLMCompleteResponse { string text = 1; }
message HealthCheckRequest {}
message HealthCheckResponse { string status = 1; }
"""
PIECES = ("<think>\nlet me see", "\n</think>\n\nHello", ", old", " world")


def stubs():
    """The modules of PROTO, generated anew."""
    folder = tempfile.mkdtemp(prefix="wsdeep-old-llm-")
    with open(os.path.join(folder, "old_llm_fields.proto"), "w", encoding="utf-8") as file:
        file.write(PROTO)
    made = protoc.main(["protoc", f"--proto_path={folder}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                        os.path.join(folder, "old_llm_fields.proto")])
    assert made == 0, "protoc failed"
    sys.path.insert(0, folder)
    return importlib.import_module("old_llm_fields_pb2"), importlib.import_module("old_llm_fields_pb2_grpc")


def ask(address, prompt):
    messages, services = stubs()
    request = messages.LLMRequest(prompt=prompt, parameters=messages.Parameters(temperature=0.5, max_tokens=30))
    with grpc.insecure_channel(address) as channel:
        service = services.LLMServiceStub(channel)
        streamed = list(service.GenerateStream(request, timeout=30))
        complete = service.Generate(request, timeout=30)
        health = service.HealthCheck(messages.HealthCheckRequest(), timeout=30)
    print(json.dumps({
        "streamed": [response.text for response in streamed],
        "complete_at": [response.is_complete for response in streamed],
        "text": complete.text,
        "health": health.status,
    }))


def serve():
    messages, services = stubs()

    class Service(services.LLMServiceServicer):
        def note(self, call, request, context):
            told = {"call": call, "prompt": request.prompt, "temperature": round(request.parameters.temperature, 4),
                    "max_tokens": request.parameters.max_tokens,
                    "metadata": sorted(key for key, _ in context.invocation_metadata())}
            print(json.dumps(told), flush=True)

        def GenerateStream(self, request, context):
            self.note("stream", request, context)
            for index, piece in enumerate(PIECES):
                yield messages.LLMResponse(text=piece, is_complete=index + 1 == len(PIECES))

        def Generate(self, request, context):
            self.note("complete", request, context)
            return messages.LLMCompleteResponse(text="".join(PIECES))

        def HealthCheck(self, request, context):
            return messages.HealthCheckResponse(status="healthy")

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    services.add_LLMServiceServicer_to_server(Service(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    ask(*sys.argv[2:]) if sys.argv[1] == "client" else serve()
