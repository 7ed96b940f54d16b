"""The node as one writes it in Python: grpcio and the standard library's HTTP client, a thread for each stream, the
same work as `wsdeep llm serve --engine openai`. A peer for bench/node_cost.py; prints its URL.

    python3 node_cost_python.py ENGINE_URL STREAMS        needs: apt-get install python3-grpcio python3-grpc-tools
"""

import http.client
import importlib
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_tools import protoc

PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "proto", "llm.proto")


def stubs():
    """The modules that protoc makes of our proto. Debian's knows no `optional`, which changes nothing on the wire."""
    folder = tempfile.mkdtemp()
    with open(PROTO, encoding="utf-8") as source, open(os.path.join(folder, "llm.proto"), "w", encoding="utf-8") as copy:
        copy.write(source.read().replace("  optional ", "  "))
    words = ["protoc", f"-I{folder}", f"--python_out={folder}", f"--grpc_python_out={folder}", "llm.proto"]
    if protoc.main(words) != 0:
        raise SystemExit("node_cost_python: protoc failed")
    sys.path.insert(0, folder)
    return importlib.import_module("llm_pb2"), importlib.import_module("llm_pb2_grpc")


def serve(engine, streams):
    messages, services = stubs()
    host = engine.removeprefix("http://")

    class Node(services.LLMServiceServicer):
        def GenerateStream(self, request, context):
            connection = http.client.HTTPConnection(host)
            question = [{"role": m.role, "content": m.content} for m in request.messages]
            body = json.dumps({"model": "canned", "messages": question, "stream": True})
            connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
            reason = ""
            for line in connection.getresponse():
                if not line.startswith(b"data: ") or line == b"data: [DONE]\n":
                    continue
                choice = json.loads(line[6:])["choices"][0]
                reason = choice["finish_reason"] or reason
                text = choice["delta"].get("content")
                if text:
                    yield messages.LLMResponse(text=text, tokens=1)
            yield messages.LLMResponse(is_complete=True, finish_reason=reason)

    server = grpc.server(ThreadPoolExecutor(streams))
    services.add_LLMServiceServicer_to_server(Node(), server)
    print(f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
