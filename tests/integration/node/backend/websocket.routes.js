// backend/src/routes/websocket.routes.ts of the source document (Step 5), retyped; without the types, which Node does not
// read.
import express from 'express';

const router = express.Router();

// Handle messages from API Gateway
router.post('/api/ws/message', async (req, res) => {
  try {
    const { connectionId, type, command, sessionId } = req.body;

    console.log(`[WS] Message from ${connectionId}:`, { type, command });

    switch (type) {
      case 'ping':
        res.json({ type: 'pong', timestamp: Date.now() });
        break;

      case 'command':
        // Execute terminal command
        const result = await executeTerminalCommand(sessionId, command);
        res.json({
          type: 'command_result',
          result,
          timestamp: Date.now()
        });
        break;

      case 'resize':
        // Resize terminal
        await resizeTerminal(sessionId, req.body.cols, req.body.rows);
        res.json({
          type: 'resize_ack',
          timestamp: Date.now()
        });
        break;

      default:
        res.json({ type: 'unknown_command' });
    }
  } catch (error) {
    console.error('[WS] Message handling error:', error);
    res.status(500).json({ error: 'Failed to handle message' });
  }
});

// Handle disconnect notification
router.post('/api/ws/disconnect', async (req, res) => {
  try {
    const { connectionId } = req.body;
    console.log(`[WS] Client disconnected: ${connectionId}`);
    // Clean up any resources
    res.json({ success: true });
  } catch (error) {
    console.error('[WS] Disconnect error:', error);
    res.status(500).json({ error: 'Failed to handle disconnect' });
  }
});

async function executeTerminalCommand(sessionId, command) {
  // Implement terminal command execution
  // This should use your existing terminal-server.ts
  return { output: 'Command executed', exitCode: 0 };
}

async function resizeTerminal(sessionId, cols, rows) {
  // Implement terminal resize
}

export default router;
