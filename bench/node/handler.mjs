// The peer of our handlers: a Lambda function for Node 20 as such a service would have it, with the two AWS clients, and
// the runtime's loop around it.
import http from "node:http";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";

const dynamodb = new DynamoDBClient({});
const connections = new ApiGatewayManagementApiClient({
  endpoint: process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI,
});
const runtime = process.env.AWS_LAMBDA_RUNTIME_API;

async function handle(event) {
  const { connectionId, routeKey } = event.requestContext;
  if (routeKey === "$connect") {
    await dynamodb.send(new PutItemCommand({
      TableName: process.env.CONNECTIONS_TABLE,
      Item: { connectionId: { S: connectionId }, userId: { S: "bench" } },
    }));
    return { statusCode: 200 };
  }
  await dynamodb.send(new GetItemCommand({
    TableName: process.env.CONNECTIONS_TABLE,
    Key: { connectionId: { S: connectionId } },
  }));
  await connections.send(new PostToConnectionCommand({
    ConnectionId: connectionId,
    Data: JSON.stringify({ type: "pong", timestamp: Date.now() }),
  }));
  return { statusCode: 200 };
}

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(`http://${runtime}/2018-06-01/runtime/${path}`, { method }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(pieces).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

for (;;) {
  const next = await call("GET", "invocation/next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `invocation/${id}/response`, JSON.stringify(await handle(JSON.parse(next.body))));
  } catch (error) {
    await call("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: `${error}`, errorType: "Error" }));
  }
}
