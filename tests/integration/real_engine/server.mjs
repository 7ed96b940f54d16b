// llama.cpp (node-llama-cpp) behind OpenAI's protocol, as llama-server speaks it, which the package does not bring.
//   node server.mjs MODEL.gguf SLOTS QUEUE     prints its port
// GET /counts tells what a test wants to know; POST /pace sets the milliseconds from token to token.
//
// One thread: two of them spin at each other on a shared core, and a token takes twenty times as long.
import http from "node:http";
import {setTimeout as sleep} from "node:timers/promises";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const CONTEXT = 1024;
const MODEL = "noise";
const [file, slots, queue] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({sequences: Number(slots), contextSize: CONTEXT, batchSize: 256, threads: 1});
const free = Array.from({length: Number(slots)}, () => context.getSequence());
const waiting = [];
const counts = {running: 0, waiting: 0, generated: 0, done: 0, cancelled: 0, generatedAfterCancel: 0};
let pace = 0;

class Refusal extends Error {
  constructor(status, type, message, code = status) {
    super(message);
    this.status = status;
    this.body = {error: {code, message, type}};
  }
}

/** A sequence, which keeps what it evaluated last: the prefix cache. */
function take() {
  if (free.length > 0) return free.pop();
  if (waiting.length >= Number(queue)) throw new Refusal(503, "unavailable_error", "queue is full: server is busy");
  return new Promise(resolve => waiting.push(resolve));
}

function give(sequence) {
  if (waiting.length > 0) waiting.shift()(sequence);
  else free.push(sequence);
}

function promptOf(body) {
  const text = body.messages.map(({role, content}) => `${role}: ${content}\n`).join("") + "assistant: ";
  const tokens = [model.tokens.bos, ...model.tokenize(text)];
  const wanted = body.max_tokens ?? 64;
  if (tokens.length + wanted > CONTEXT)
    throw new Refusal(400, "invalid_request_error", `This model's maximum context length is ${CONTEXT} tokens. However, ` +
                      `you requested ${tokens.length + wanted} tokens`, "context_length_exceeded");
  return {tokens, wanted};
}

/** Forgets of the sequence what is no beginning of `tokens`; how many of them it still knows. */
async function reuse(sequence, tokens) {
  const held = sequence.contextTokens;
  let same = 0;
  while (same < held.length && same < tokens.length - 1 && held[same] === tokens[same]) ++same;
  if (same < held.length) await sequence.eraseContextTokenRanges([{start: same, end: held.length}]);
  return sequence.nextTokenIndex;
}

/** One answer: what was asked, what has come of it, and who listens. */
class Answer {
  constructor(response, body) {
    Object.assign(this, promptOf(body), {response, body, made: [], text: "", finish: "length", gone: false, cached: 0});
    response.on("close", () => this.gone ||= !response.writableFinished);
    this.base = {id: `chatcmpl-${Math.random().toString(36).slice(2)}`, object: "chat.completion.chunk",
                 created: Math.floor(Date.now() / 1000), model: MODEL};
  }

  get usage() {
    return {prompt_tokens: this.tokens.length, completion_tokens: this.made.length,
            total_tokens: this.tokens.length + this.made.length, prompt_tokens_details: {cached_tokens: this.cached}};
  }

  get timings() {
    return {cache_n: this.cached, prompt_n: this.tokens.length - this.cached, predicted_n: this.made.length};
  }

  send(fields) {
    this.response.write(`data: ${JSON.stringify({...this.base, ...fields})}\n\n`);
  }

  sendPiece(delta, finish_reason = null) {
    this.send({choices: [{index: 0, delta, finish_reason}], ...this.body.timings_per_token && {timings: this.timings}});
  }

  /** A character may be several tokens: it is sent when it is whole. */
  take(token) {
    this.made.push(token);
    ++counts.generated;
    if (this.gone) ++counts.generatedAfterCancel;
    const all = model.detokenize(this.made), fresh = all.slice(this.text.length);
    if (fresh === "" || fresh.endsWith("\ufffd")) return;
    this.text = all;
    if (this.body.stream) this.sendPiece({content: fresh});
  }

  async generate(sequence) {
    this.cached = await reuse(sequence, this.tokens);
    const {temperature = 1, seed} = this.body;
    for await (const token of sequence.evaluate(this.tokens.slice(this.cached), {temperature, seed, yieldEogToken: true})) {
      if (model.isEogToken(token)) this.finish = "stop";
      else this.take(token);
      await sleep(pace);
      if (this.gone || this.finish === "stop" || this.made.length >= this.wanted) return;
    }
  }

  end() {
    if (!this.body.stream) {
      const message = {role: "assistant", content: this.text};
      return json(this.response, 200, {...this.base, object: "chat.completion", usage: this.usage, timings: this.timings,
                                       choices: [{index: 0, message, finish_reason: this.finish}]});
    }
    this.sendPiece({}, this.finish);
    if (this.body.stream_options?.include_usage) this.send({choices: [], usage: this.usage, timings: this.timings});
    this.response.end("data: [DONE]\n\n");
  }
}

async function chat(response, body) {
  const answer = new Answer(response, body);
  const sequence = await take();
  ++counts.running;
  try {
    if (body.stream) response.writeHead(200, {"content-type": "text/event-stream"});
    if (body.stream) answer.sendPiece({role: "assistant", content: null});
    if (!answer.gone) await answer.generate(sequence);
    if (answer.gone) ++counts.cancelled;
    else answer.end();
  } finally {
    --counts.running;
    ++counts.done;
    give(sequence);
  }
}

function json(response, status, body) {
  response.writeHead(status, {"content-type": "application/json"});
  response.end(JSON.stringify(body));
}

function look(request, response) {
  if (request.url === "/health") return json(response, 200, {status: "ok"});
  if (request.url === "/v1/models") return json(response, 200, {object: "list", data: [{id: MODEL, object: "model", owned_by: "llamacpp"}]});
  if (request.url === "/counts") return json(response, 200, {...counts, waiting: waiting.length});
  throw new Refusal(404, "not_found_error", "File Not Found");
}

async function answer(request, response) {
  if (request.method === "GET") return look(request, response);
  let text = "";
  for await (const piece of request) text += piece;
  const body = JSON.parse(text);
  if (request.url === "/v1/chat/completions") return chat(response, body);
  if (request.url !== "/pace") throw new Refusal(404, "not_found_error", "File Not Found");
  pace = body.ms;
  json(response, 200, {});
}

const server = http.createServer((request, response) => answer(request, response).catch(error => {
  if (response.headersSent) response.destroy();
  else json(response, error.status ?? 500, error.body ?? {error: {message: error.message}});
}));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
