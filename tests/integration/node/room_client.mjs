// A page of the source documents without its browser: `new WebSocket(url)` of npm's ws, with the cookies that a browser
// would send. Reads {url, headers} in the first line of stdin, then one frame a line; prints one event a line. The end
// of stdin closes the connection.
import readline from "node:readline";
import WebSocket from "ws";

const tell = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, headers } = JSON.parse((await lines.next()).value);
const socket = new WebSocket(url, { headers });

socket.on("unexpected-response", (_, response) => {
  tell({ event: "refused", status: response.statusCode });
  process.exit(0);
});
socket.on("error", (error) => tell({ event: "error", message: error.message }));
socket.onmessage = (event) => tell({ event: "message", data: JSON.parse(event.data) });
socket.onclose = (event) => {
  tell({ event: "close", code: event.code });
  process.exit(0);
};
socket.onopen = async () => {
  tell({ event: "open" });
  for await (const line of lines) socket.send(line);
  socket.close(1000);
};
