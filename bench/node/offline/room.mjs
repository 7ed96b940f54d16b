// What one says goes to all others by @connections, signed, 64 at a time, as our own function does it. Who is there stands
// in memory: no table, no tokens.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

const AT_A_TIME = 64;
const members = new Set();
const api = new ApiGatewayManagementApiClient({
  endpoint: process.env.CONNECTIONS_URL,
  region: "us-east-1",
  credentials: { accessKeyId: "offline", secretAccessKey: "offline" },
});

export async function handler(event) {
  const { connectionId, routeKey } = event.requestContext;
  if (routeKey === "$connect") members.add(connectionId);
  if (routeKey === "$disconnect") members.delete(connectionId);
  if (routeKey !== "message") return { statusCode: 200 };
  const others = [...members].filter((id) => id !== connectionId);
  const Data = JSON.stringify({ action: "message", data: JSON.parse(event.body).data });
  let next = 0;
  const post = async () => {
    while (next < others.length) await api.send(new PostToConnectionCommand({ ConnectionId: others[next++], Data }));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, post));
  return { statusCode: 200 };
}
