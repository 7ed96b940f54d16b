// A backend around the source document's routes: whether a session is valid, which the document does not show, and, when
// SECRET is set, the check of the signature as our README has it. Says `listening PORT`, then each request as a line of JSON.
import crypto from 'node:crypto';
import express from 'express';
import routes from './websocket.routes.js';

const secrets = [process.env.SECRET, process.env.SECRET_BEFORE].filter(Boolean);
const SIGNED = ['authorization', 'x-connection-id', 'x-push-url', 'x-session-id', 'x-user-id'];
const app = express();

app.use(express.json({ limit: '256kb', verify: (req, res, body) => { req.raw = body; } }));

app.use((req, res, next) => {
  console.log(JSON.stringify({ method: req.method, path: req.path, headers: req.headers, body: req.body ?? null }));
  if (secrets.length === 0) return next();
  const timestamp = req.get('X-Wsdeep-Timestamp') ?? '';
  const lines = SIGNED.filter((name) => req.get(name)).map((name) => `${name}:${req.get(name)}\n`).join('');
  const text = `${req.method}\n${decodeURIComponent(req.path)}\n${timestamp}\n${lines}\n`;
  const given = Buffer.from(req.get('X-Wsdeep-Signature') ?? '');
  const isBy = (secret) => {
    const wanted = Buffer.from('v2=' + crypto.createHmac('sha256', secret).update(text).update(req.raw ?? '').digest('hex'));
    return given.length === wanted.length && crypto.timingSafeEqual(given, wanted);
  };
  const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
  if (fresh && secrets.some(isBy)) return next();
  res.status(401).json({ error: 'not signed' });
});

app.get('/api/labs/session/:sessionId/validate', (req, res) => {
  const token = (req.get('Authorization') ?? '').replace(/^Bearer /, '');
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).email.split('@')[0];
  if (req.params.sessionId === 'test-session' || req.params.sessionId === `${user}-session`)
    return res.json({ valid: true, sessionId: req.params.sessionId });
  if (req.params.sessionId.endsWith('-session')) return res.status(403).json({ error: 'Session belongs to another user' });
  res.status(404).json({ error: 'Session not found' });
});

app.use(routes);

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening ${server.address().port}`);
});
