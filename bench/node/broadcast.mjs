// A room as a Node server makes it: what one says goes to all others. For bench/room_fanout.py.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  console.log(`ws://127.0.0.1:${server.address().port}/`);
});
server.on("connection", (socket) => {
  socket.on("message", (text) => {
    for (const other of server.clients) if (other !== socket && other.readyState === 1) other.send(text.toString());
  });
});
