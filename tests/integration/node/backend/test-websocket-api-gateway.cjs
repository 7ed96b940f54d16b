// test-websocket-api-gateway.js of the source document (Step 8), retyped; the address comes by the environment, and it closes
// after its answer, so that a test sees its end.
const WebSocket = require('ws');

const WS_URL = process.env.WS_URL;

const ws = new WebSocket(WS_URL);

ws.on('open', () => {
  console.log('[Test] Connected');
  ws.send(JSON.stringify({ type: 'ping' }));
});

ws.on('message', (data) => {
  console.log('[Test] Received:', JSON.parse(data));
  ws.close(1000);
});

ws.on('error', (error) => {
  console.error('[Test] Error:', error);
});

ws.on('close', (code, reason) => {
  console.log('[Test] Closed:', code, reason);
});
