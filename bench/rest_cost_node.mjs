// The least that a Node handler of bench/rest_cost.py starts with: Node itself and a client of the Runtime API. What it
// would load beside, an SDK and a library for tokens, comes on top.
import http from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });
const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: "/2018-06-01/runtime/invocation/" + path, agent }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ id: response.headers["lambda-runtime-aws-request-id"], text }));
    });
    request.on("error", reject);
    request.end(body);
  });

for (;;) {
  const { id, text } = await call("GET", "next");
  const token = JSON.parse(text).headers.id_token ?? "";
  await call("POST", id + "/response", JSON.stringify({ statusCode: 200, body: JSON.stringify({ length: token.length }) }));
}
